// Needs OPENAI_BASE_URL and OPENAI_API_KEY of a gateway whose provider `openai` is the simulator.
import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';

const client = new OpenAI({maxRetries: 0});
const ask = (content, more = {}) =>
  client.chat.completions.create({model: 'gpt-4o', messages: [{role: 'user', content}], ...more});
const tools = [{
  type: 'function',
  function: {name: 'weather', parameters: {type: 'object', properties: {city: {type: 'string'}}}},
}];

test('plain answer, with the flat fields beside', async () => {
  const answer = await ask('[[sim:text=hello]]');
  assert.equal(answer.choices[0].message.content, 'hello');
  assert.equal(answer.content, 'hello');
  assert.equal(answer.provider, 'openai');
  assert.ok(answer.usage.cost_usd > 0);
});

test('stream with usage', async () => {
  let text = '', last;
  const stream = await ask('[[sim:output_tokens=20]]', {stream: true, stream_options: {include_usage: true}});
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
    last = chunk;
  }
  assert.ok(text.length > 0);
  assert.equal(last.usage.completion_tokens, 20);
});

test('a cut stream throws', async () => {
  await assert.rejects(async () => {
    for await (const chunk of await ask('[[sim:output_tokens=50,fault=cut-stream]]', {stream: true})) void chunk;
  });
});

test('tool call and its result', async () => {
  const {message} = (await ask('[[sim:tool=weather]]', {tools})).choices[0];
  assert.equal(message.tool_calls[0].function.name, 'weather');
  const done = await client.chat.completions.create({
    model: 'gpt-4o', tools,
    messages: [{role: 'user', content: 'Weather?'}, message,
               {role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'sunny'}],
  });
  assert.equal(done.choices[0].finish_reason, 'stop');
});

test('embeddings', async () => {  // the SDK asks for base64 and decodes it
  const answer = await client.embeddings.create({model: 'text-embedding-3-small', input: ['a', 'b']});
  assert.equal(answer.data.length, 2);
  assert.equal(typeof answer.data[0].embedding[0], 'number');
});

test('models', async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.ok(ids.includes('gpt-4o'));
  assert.equal((await client.models.retrieve('gpt-4o')).id, 'gpt-4o');
});

test('errors have the classes of the SDK', async () => {
  const bad = new OpenAI({maxRetries: 0, apiKey: 'tsg-' + 'a'.repeat(38)});
  await assert.rejects(bad.models.list(), OpenAI.AuthenticationError);
  await assert.rejects(ask('x', {model: 'no-such-model'}), OpenAI.NotFoundError);
  await assert.rejects(ask('x', {temperature: 'hot'}), OpenAI.BadRequestError);
  await assert.rejects(ask('[[sim:fault=429]]'), OpenAI.RateLimitError);
  await assert.rejects(ask('[[sim:fault=503]]'), OpenAI.InternalServerError);
});
