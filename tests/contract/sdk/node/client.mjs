// Plays scenarios through the official Node SDK and tells, as JSON lines, what it saw.
// Run in a folder that has `openai` installed: node client.mjs < script.json
import { createReadStream, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";

const load = createRequire(join(process.cwd(), "package.json"));
const { OpenAI, AzureOpenAI, APIError, toFile } = load("openai");
const { toStreamingFile } = load("openai/uploads");

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
    fetch: (url, init) => {
      count(init.body);
      return fetch(url, init);
    },
  };
  if (!scenario.azure) return new OpenAI({ baseURL: scenario.base_url ?? script.base_url, ...wanted });
  const { azure_deployment: deployment } = scenario.azure;
  return new AzureOpenAI({ endpoint: script.root, apiVersion: "2025-04-01-preview", deployment, ...wanted });
}

const TYPES = { ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp" };

// Every way in which the SDK takes a file.
const SHAPES = {
  opened: (path) => createReadStream(path),
  bytes: (path) => toFile(readFileSync(path)),
  stream: (path) => toFile(createReadStream(path)),
  streaming: (path, name) => toStreamingFile(createReadStream(path), name, { type: TYPES[extname(name)] }),
  named: (path, name) => toFile(readFileSync(path), name, { type: TYPES[extname(name)] }),
  file: (path, name) => new File([readFileSync(path)], name),
  blob: (path) => new Blob([readFileSync(path)]),
  response: (path) => new Response(readFileSync(path)),
};

async function uploads(files = {}) {
  const one = ({ as, picture }) => SHAPES[as](join(script.folder, picture), picture);
  const many = (told) => (Array.isArray(told) ? Promise.all(told.map(one)) : one(told));
  return Object.fromEntries(await Promise.all(Object.entries(files).map(async ([name, told]) => [name, await many(told)])));
}

// A call of `client.images` that answers with pictures.
const draws = (name) => async (client, { args = {}, files, extra = {}, headers = {}, raw = false }) => {
  const asked = client.images[name]({ ...args, ...extra, ...(await uploads(files)) }, { headers });
  if (raw) {
    const { data, response } = await asked.withResponse();
    return { reply: replySeen(data), headers: Object.fromEntries(response.headers) };
  }
  const answer = await asked;
  if (!args.stream) return { reply: replySeen(answer), request_id: answer._request_id };
  const events = [];
  for await (const event of answer) events.push(pictureSeen(event));
  return { events };
};

// A route that the SDK has no method for, or a body that its method does not write.
async function post(client, { path, args = {}, files }) {
  const form = new FormData();
  for (const [name, file] of Object.entries(await uploads(files))) form.append(name, file);
  for (const [name, value] of Object.entries(args)) form.append(name, value);
  const { data = [], ...rest } = await client.post(path, { body: files === undefined ? args : form });
  return { posted: { ...rest, data: data.map(pictureSeen) } };
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

const bodySeen = (body) =>
  body instanceof FormData ? "multipart/form-data"
  : body instanceof ReadableStream ? "chunked multipart/form-data"
  : body === undefined ? "none" : "application/json";

const CALLS = {
  generate: draws("generate"),
  edit: draws("edit"),
  variation: draws("createVariation"),
  post,
  models,
};

for (const scenario of script.scenarios) {
  let attempts = 0;
  let body = null;
  const client = clientFor(scenario, (sent) => { attempts += 1; body = bodySeen(sent); });
  let seen;
  try {
    seen = await CALLS[scenario.call ?? "generate"](client, scenario);
  } catch (err) {
    if (!(err instanceof APIError) && !scenario.local) throw err;
    seen = { error: errorSeen(err) };
  }
  console.log(JSON.stringify({ name: scenario.name, attempts, body, ...seen }));
}
