// The official JavaScript client against a gateway whose lamp is dark at first. What it saw goes to stdout as JSON; the test that
// runs this (serving/gateway/test_clients.py) plays the worker and says what must be.
import OpenAI, { toFile } from "openai";

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 30_000 });
const messages = [{ role: "user", content: "Co je na faktuře?" }];
const said = {};

const code = async (call) => {
  try {
    await call();
    return "no error";
  } catch (error) {
    return `${error.constructor.name} ${error.status ?? ""} ${error.code ?? ""}`.trim();
  }
};

said.models = (await client.models.list()).data.map((each) => each.state);
said.timeout = await code(() => new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 300 }).chat.completions.create({ model, messages }));
console.error("dark");

const whole = await client.chat.completions.create({ model, messages });
said.chat = [whole.choices[0].message.content, whole.choices[0].finish_reason];

const stream = await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
said.stream = { text: "", chunks: 0, usage: 0 };
for await (const chunk of stream) {
  said.stream.chunks += 1;
  said.stream.text += chunk.choices[0]?.delta.content ?? "";
  said.stream.usage = chunk.usage?.total_tokens ?? 0;
}

const tools = [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }];
const called = await client.chat.completions.create({ model, messages, tools, tool_choice: "required" });
said.tool = called.choices[0].message.tool_calls[0].function.name;

said.completion = (await client.completions.create({ model, prompt: "Once" })).choices[0].text;

const embedded = await client.embeddings.create({ model, input: ["a", "b", "a"] });
said.embeddings = embedded.data.map((each) => each.embedding.length);
said.same = embedded.data[0].embedding.every((number, index) => number === embedded.data[2].embedding[index]);

const line = (number) => ({ custom_id: `q${number}`, method: "POST", url: "/v1/chat/completions", body: { model, messages } });
const jsonl = [0, 1, 2].map((number) => JSON.stringify(line(number))).join("\n");
const file = await client.files.create({ file: await toFile(Buffer.from(jsonl), "q.jsonl"), purpose: "batch" });
let batch = await client.batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" });
while (!["completed", "failed", "expired", "cancelled"].includes(batch.status)) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  batch = await client.batches.retrieve(batch.id);
}
const output = await (await client.files.content(batch.output_file_id)).text();
said.batch = [batch.status, output.trim().split("\n").map((text) => JSON.parse(text).custom_id)];

said.errors = [
  await code(() => client.chat.completions.create({ model: "gpt-5", messages })),
  await code(() => client.chat.completions.create({ model, messages, n: 2 })),
  await code(() => client.files.retrieve("file-0")),
  await code(() => new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 }).models.list()),
];
console.log(JSON.stringify(said));
