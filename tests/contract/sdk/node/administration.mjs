// A platform team at work with the official Node SDK's admin client; tells in one JSON line what it saw, in the
// words of administration.py. Run in a folder that has `openai` installed:
// node administration.mjs BASE_URL ADMIN_KEY COUNT START
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.cwd(), "package.json"));
const { OpenAI, APIError } = load("openai");

const [baseURL, adminAPIKey, count, start] = process.argv.slice(2);
const at = new OpenAI({ baseURL, apiKey: "unused", adminAPIKey, maxRetries: 0 }).admin.organization;

const MONTH = { currency: "USD", interval: "month" };
const CHANNEL = { type: "email", recipients: ["ops@example.com"] };
const EXTRAS = { tags: { cost_center: "4711" }, contact: "#team", limits: { images_request: 4 } };
const OF_KEY = {
  spend_limits: [{ threshold_amount: 500, currency: "USD", interval: "day" }],
  limits: { images_request: 1 },
  models: { mode: "allow_list", model_ids: ["ideogram-v3"] },
};
const PAGE = 40; // projects
const COSTS = ["project_id", "user_id", "line_item", "api_key_id", "api_source"];
const USAGE = ["project_id", "user_id", "api_key_id", "model", "size", "source"];

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const byName = async (values, make) =>
  Object.fromEntries(await Promise.all(values.map(async ([name, value]) => [name, await make(name, value)])));

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}
const ids = async (pages) => (await all(pages)).map((one) => one.id);

// The code of a refusal; `answer` makes the call.
async function refused(answer) {
  try {
    await answer();
    return "done";
  } catch (refusal) {
    if (!(refusal instanceof APIError)) throw refusal;
    return `${refusal.status} ${refusal.code}`;
  }
}

// One is made, and the one a page ended with archived, while they are paged through.
async function projects() {
  const room = at.projects;
  const made = [];
  for (let n = 0; n < Number(count); n++) made.push((await room.create({ name: `team ${n}` })).id);
  const seen = [];
  let late, gone;
  for await (const one of room.list({ limit: PAGE })) {
    seen.push(one.id);
    if (made.includes(one.id) && !late && seen.length % PAGE === 0) {
      late = (await room.create({ name: "late" })).id;
      gone = (await room.archive(one.id)).id;
    }
  }
  const whole = await ids(room.list({ limit: 100, include_archived: true }));
  const after = await ids(room.list({ limit: 100 }));
  const shown = await room.retrieve(gone);
  const times = (id) => seen.filter((one) => one === id).length;
  return {
    "each once": made.every((id) => times(id) === 1),
    "all once": new Set(seen).size === seen.length,
    late: times(late),
    archived: [shown.status, shown.archived_at != null, whole.includes(gone), after.includes(gone)],
    refused: await refused(() => room.update(gone, { name: "no" })),
  };
}

// A project with what is ours.
async function extras() {
  const made = await at.projects.create({ name: "search", ...EXTRAS });
  const changed = await at.projects.update(made.id, { name: "found", charge_withheld: "house" });
  const shown = await at.projects.retrieve(made.id);
  return [
    made.id,
    {
      made: made.name,
      changed: changed.name,
      extras: [shown.tags, shown.contact, shown.charge_withheld],
      images: shown.limits.images_request,
    },
  ];
}

async function draw(apiKey) {
  const app = new OpenAI({ baseURL, apiKey });
  const { data } = await app.images.generate({ prompt: "a fox", model: "gpt-image-1", quality: "low", user: "ada" });
  return data.length === 1 && data[0].b64_json.startsWith("iVBOR");
}

// An account's first key and a second one draw; another account is made without and deleted.
async function keys(project) {
  const { serviceAccounts: accounts, apiKeys } = at.projects;
  const of = { project_id: project };
  const account = await accounts.create(project, { name: "app" });
  const asked = { ...of, name: "two", expires_in_seconds: 600, ...OF_KEY };
  const second = await accounts.apiKeys.create(account.id, asked);
  const first = account.api_key;
  const stopped = new OpenAI({ baseURL, apiKey: second.value, maxRetries: 0 });
  const drawn = [await draw(first.value), await draw(second.value)];
  const bare = await accounts.create(project, { name: "bare", create_service_account_only: true });
  const listedAccounts = await ids(accounts.list(project, { limit: 1 }));
  const renamed = await accounts.update(account.id, { ...of, name: "app 2" });
  const ended = await accounts.delete(bare.id, of);
  const listed = await ids(apiKeys.list(project, { limit: 1 }));
  const shown = await apiKeys.retrieve(second.id, of);
  const third = await accounts.apiKeys.create(account.id, of);
  const deleted = await apiKeys.delete(third.id, of);
  return [
    [first.id, second.id],
    {
      drawn,
      "two at once": await refused(() => stopped.images.generate({ prompt: "a fox", n: 2 })),
      "other model": await refused(() => stopped.images.generate({ prompt: "a fox", model: "ideogram-v2a" })),
      bare: [bare.role, bare.api_key === null, ended.deleted],
      accounts: same(listedAccounts, [account.id, bare.id]),
      renamed: [renamed.name, shown.owner.service_account.name],
      listed: same(listed, [first.id, second.id]),
      redacted: shown.redacted_value === `sk-ig-...${second.value.slice(-4)}`,
      expires: shown.expires_at != null,
      extras: [
        shown.spend_limits.map((one) => one.threshold_amount),
        shown.limits.images_request,
        shown.models.model_ids,
      ],
      deleted: deleted.deleted,
      gone: await refused(() => apiKeys.retrieve(third.id, of)),
    },
  ];
}

// Every limit there is, set and read; the organization's are taken away again.
async function limits(project) {
  const rates = at.projects.rateLimits;
  const rows = await all(rates.listRateLimits(project, { limit: 3 }));
  const wanted = [];
  const asked = {};
  for (const [n, row] of rows.entries()) {
    const first = { project_id: project, max_tokens_per_1_minute: 0, max_requests_per_1_minute: n + 101 };
    const more = { max_images_per_1_minute: n + 201, max_requests_per_1_day: n + 301 };
    wanted.push(await rates.updateRateLimit(row.id, { ...first, ...more }));
    asked[row.model] = n + 101;
  }
  const found = await all(rates.listRateLimits(project));
  const spent = {};
  spent.project = await spend(at.projects, [project], { project_id: project });
  spent.organization = await spend(at, [], null);
  const allowed = at.projects.modelPermissions;
  const made = await allowed.update(project, { mode: "deny_list", model_ids: ["ideogram-v2a"] });
  return {
    rates: same(found, wanted),
    models: [
      rows.length === wanted.length && rows.length > 5,
      made.mode,
      same(await allowed.retrieve(project), made),
    ],
    asked: found.every((one) => one.max_requests_per_1_minute === asked[one.model]),
    ...spent,
  };
}

// Limit and alert of a project or the organization, and their end. `of` goes before what is said.
async function spend(room, where, of) {
  const { spendLimit, spendAlerts } = room;
  const limit = await spendLimit.update(...where, { threshold_amount: 9000, ...MONTH });
  const alike = same(await spendLimit.retrieve(...where), limit);
  const asked = { ...MONTH, notification_channel: CHANNEL };
  const alert = await spendAlerts.create(...where, { threshold_amount: 8000, ...asked });
  const rest = of ? [of] : [];
  const more = await spendAlerts.update(alert.id, { ...of, threshold_amount: 8500, ...asked });
  const kept = same(await spendAlerts.retrieve(alert.id, ...rest), more);
  const listed = (await ids(spendAlerts.list(...where, { limit: 1 }))).includes(alert.id);
  const gone = await spendAlerts.delete(alert.id, ...rest);
  const ended = await spendLimit.delete(...where);
  return [
    limit.threshold_amount,
    limit.enforcement.status,
    alike,
    more.threshold_amount,
    kept,
    listed,
    gone.deleted,
    ended.deleted,
  ];
}

// Admin keys by pages; one is bound to a project.
async function admins(project) {
  const room = at.adminAPIKeys;
  const made = [];
  for (let n = 0; n < 3; n++) made.push(await room.create({ name: `finance ${n}`, role: "reader", projects: [project] }));
  const own = made.map((one) => one.id);
  const listed = (await ids(room.list({ limit: 1, order: "asc" }))).filter((one) => own.includes(one));
  const shown = await room.retrieve(own[0]);
  const gone = [];
  for (const one of own) gone.push((await room.delete(one)).deleted);
  return {
    value: made[0].value.startsWith("sk-ig-admin-"),
    listed: same(listed, own),
    owner: [shown.owner.role, same(shown.projects, [project])],
    gone: [...gone, await refused(() => room.retrieve(own[0]))],
  };
}

// What was written of a project, by pages and by every filter.
async function audit(project) {
  const room = at.auditLogs;
  const whole = await all(room.list({ project_ids: [project], limit: 2 }));
  const times = whole.map((one) => one.effective_at);
  const filters = {
    event_types: { event_types: ["project.created"] },
    resource_ids: { resource_ids: [project], event_types: ["project.created"] },
    actor_ids: { actor_ids: ["nobody"] },
    actor_emails: { actor_emails: ["a@example.com"] },
    gte: { effective_at: { gte: Math.min(...times) } },
    gt: { effective_at: { gt: Math.max(...times) } },
    lte: { effective_at: { lte: Math.max(...times) } },
    lt: { effective_at: { lt: Math.min(...times) } },
  };
  return {
    ordered: same(times, [...times].sort((one, other) => other - one)),
    once: new Set(whole.map((one) => one.id)).size === whole.length,
    first: whole.at(-1).type,
    types: [...new Set(whole.map((one) => one.type))].sort(),
    filters: await byName(Object.entries(filters), async (_, more) => {
      const found = (await ids(room.list({ project_ids: [project], ...more }))).length;
      return found === whole.length ? "all" : found;
    }),
  };
}

// The rows of all buckets of all pages. `call`: "images" or "costs".
async function rows(call, asked) {
  const found = [];
  let page = {};
  for (let n = 0; n < 10; n++) {
    const one = await at.usage[call]({ ...asked, ...page });
    found.push(...one.data.flatMap((bucket) => bucket.results));
    if (!one.has_more) return found;
    page = { page: one.next_page };
  }
  throw new Error("pages without end");
}

// [images, micro-USD] of each group: two draws may lie in two buckets.
async function sums(call, of, ...fields) {
  const groups = new Map();
  for (const row of await rows(call, { ...of, group_by: fields })) {
    const name = JSON.stringify(fields.map((field) => row[field]));
    const [images, microusd] = groups.get(name) ?? [0, 0];
    groups.set(name, [images + row.images_billed, microusd + row.microusd]);
  }
  return [...groups.values()].sort((one, other) => one[0] - other[0]);
}

// Usage and costs by every field, width and filter.
async function metered(project, made) {
  const of = { start_time: Number(start), project_ids: [project] };
  const found = { api_key_ids: made, models: ["ideogram-v3"], sources: ["image.generation"], user_ids: ["ada"], sizes: ["1024x1024"] };
  const missed = { api_key_ids: ["none"], models: ["ideogram-v2"], sources: ["image.edit"], user_ids: ["eve"], sizes: ["256x256"] };
  const widths = [["1m", 1440], ["1h", 30], ["1d", 1]];
  const lines = await rows("costs", { ...of, group_by: ["line_item"] });
  const by = (call, fields) => byName(fields.map((field) => [field]), (field) => sums(call, of, field));
  const where = (filters) => byName(Object.entries(filters), (name, some) => sums("images", { ...of, [name]: some }));
  return {
    usage: await by("images", USAGE),
    "all fields": await sums("images", of, ...USAGE),
    widths: await Promise.all(widths.map(([width, limit]) => sums("images", { ...of, bucket_width: width, limit }))),
    found: await where(found),
    missed: await where(missed),
    costs: await by("costs", COSTS),
    "costs found": [
      await sums("costs", { ...of, line_items: ["ideogram-v3, TURBO, generate"] }),
      await sums("costs", { ...of, api_key_ids: made }),
    ],
    "costs missed": await sums("costs", { ...of, line_items: ["none"] }),
    "line items": lines.slice(0, 1).map((row) => [row.line_item, row.quantity_unit]),
    dollars: Number(lines.reduce((sum, row) => sum + row.amount.value, 0).toFixed(6)),
  };
}

const [project, shown] = await extras();
const [made, ofKeys] = await keys(project);
const seen = {
  projects: await projects(),
  extras: shown,
  keys: ofKeys,
  metered: await metered(project, made),
  limits: await limits(project),
  admins: await admins(project),
  audit: await audit(project),
};
process.stdout.write(JSON.stringify(seen));
