// Plays scenarios through LangChain or the AI SDK and tells, as JSON lines, what they saw.
// Run in a folder that has them installed: node client.mjs langchain|openai|compatible < script.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const here = createRequire(join(process.cwd(), "package.json"));
const load = (name) => import(pathToFileURL(here.resolve(name)));
const script = JSON.parse(readFileSync(0, "utf8"));

const HEAD = 32; // bytes of a picture that tell its format and size
const inline = (b64) => ({ head: Buffer.from(b64, "base64").subarray(0, HEAD).toString("hex") });
const linked = (url) => ({ url });

globalThis.AI_SDK_LOG_WARNINGS = false; // they would go to stdout; the scenarios see them in the reply

// What goes out, retries included: both packages end in the global fetch.
let sent = [];
const realFetch = globalThis.fetch;
globalThis.fetch = (url, init) => {
  if (init?.method === "POST") sent.push({ path: new URL(url).pathname, fields: fieldsOf(init.body) });
  return realFetch(url, init);
};

function fieldsOf(body) {
  return (body instanceof FormData ? [...body.keys()] : Object.keys(JSON.parse(body))).sort();
}

const pictures = (shown) => shown.map((file) => Buffer.from(file.hex, "hex"));

async function langchain() {
  const { DallEAPIWrapper } = await load("@langchain/openai");
  process.env.OPENAI_BASE_URL = script.base_url;
  process.env.OPENAI_API_KEY = script.key;
  return async ({ prompt, args, key, environment }) => {
    const told = { apiKey: key ?? script.key, baseUrl: script.base_url };
    const fields = environment ? args : { ...told, ...args };
    const shown = [await new DallEAPIWrapper(fields).invoke(prompt)].flat();
    const texts = shown.map((one) => one.image_url?.url ?? one.image_url ?? one);
    return { data: texts.map((text) => (text.startsWith("http") ? linked(text) : inline(text))) };
  };
}

async function openai() {
  const { createOpenAI } = await load("@ai-sdk/openai");
  return drawing((apiKey, model) => createOpenAI({ apiKey, baseURL: script.base_url }).image(model));
}

async function compatible() {
  const { createOpenAICompatible } = await load("@ai-sdk/openai-compatible");
  return drawing((apiKey, model) =>
    createOpenAICompatible({ name: "ideogate", apiKey, baseURL: script.base_url }).imageModel(model),
  );
}

async function drawing(imageModel) {
  const { generateImage } = await load("ai");
  return async ({ prompt, model, args, key, images, mask }) => {
    const edit = images && { text: prompt, images: pictures(images), mask: mask && pictures([mask])[0] };
    const { images: drawn, warnings } = await generateImage({
      model: imageModel(key ?? script.key, model),
      prompt: edit ?? prompt,
      maxRetries: 0,
      ...args,
    });
    const types = drawn.map((picture) => picture.mediaType);
    return { data: drawn.map((picture) => inline(picture.base64)), types, warnings };
  };
}

function errorSeen(err) {
  const last = err.lastError ?? err; // ai wraps the last error once it has retried
  return {
    class: err.name === "Error" ? err.constructor.name : err.name,
    status: last.status ?? last.statusCode ?? null,
    code: last.code ?? last.data?.error?.code ?? null,
    message: last.message,
  };
}

const draw = await { langchain, openai, compatible }[process.argv[2]]();
for (const scenario of script.scenarios) {
  sent = [];
  let seen;
  try {
    seen = { reply: await draw(scenario) };
  } catch (err) {
    seen = { error: errorSeen(err) };
  }
  console.log(JSON.stringify({ name: scenario.name, sent, ...seen }));
}
