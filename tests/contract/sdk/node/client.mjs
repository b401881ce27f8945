// Plays scenarios through the official Node SDK and tells, as JSON lines, what it saw.
// Run in a folder that has `openai` installed: node client.mjs < script.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { OpenAI, AzureOpenAI, APIError } = createRequire(join(process.cwd(), "package.json"))("openai");

const HEAD = 32; // bytes of a picture that tell its format and size
const script = JSON.parse(readFileSync(0, "utf8"));

const head = (b64) => (b64 == null ? null : Buffer.from(b64, "base64").subarray(0, HEAD).toString("hex"));

const pictureSeen = ({ b64_json, ...rest }) => ({ ...rest, head: head(b64_json) });

const replySeen = ({ data = [], ...rest }) => ({ ...rest, type: "ImagesResponse", data: data.map(pictureSeen) });

function clientFor(scenario, count) {
  const wanted = {
    apiKey: scenario.key ?? script.key,
    maxRetries: scenario.max_retries ?? 0,
    timeout: 60_000,
    fetch: (...request) => {
      count();
      return fetch(...request);
    },
  };
  if (!scenario.azure) return new OpenAI({ baseURL: scenario.base_url ?? script.base_url, ...wanted });
  const { azure_deployment: deployment } = scenario.azure;
  return new AzureOpenAI({ endpoint: script.root, apiVersion: "2025-04-01-preview", deployment, ...wanted });
}

async function generate(client, { args = {}, extra = {}, headers = {}, raw = false }) {
  const asked = client.images.generate({ ...args, ...extra }, { headers });
  if (raw) {
    const { data, response } = await asked.withResponse();
    return { reply: replySeen(data), headers: Object.fromEntries(response.headers) };
  }
  const answer = await asked;
  if (!args.stream) return { reply: replySeen(answer), request_id: answer._request_id };
  const events = [];
  for await (const event of answer) events.push(pictureSeen(event));
  return { events };
}

async function models(client, { model }) {
  if (model !== undefined) return { model: await client.models.retrieve(model) };
  const ids = [];
  for await (const { id } of client.models.list()) ids.push(id);
  return { models: ids };
}

function errorSeen(err) {
  return {
    class: err.constructor.name,
    status: err.status ?? null,
    code: err.code ?? null,
    param: err.param ?? null,
    type: err.type ?? null,
    message: err.error?.message ?? null,
    request_id: err.requestID ?? null,
  };
}

for (const scenario of script.scenarios) {
  let attempts = 0;
  const client = clientFor(scenario, () => { attempts += 1; });
  let seen;
  try {
    seen = await { generate, models }[scenario.call ?? "generate"](client, scenario);
  } catch (err) {
    if (!(err instanceof APIError)) throw err;
    seen = { error: errorSeen(err) };
  }
  console.log(JSON.stringify({ name: scenario.name, attempts, ...seen }));
}
