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

test('parallel tool calls, plain and streamed', async () => {
  const two = ['weather', 'time'].map((name) => ({...tools[0], function: {...tools[0].function, name}}));
  const {message} = (await ask('[[sim:tool=weather+time]]', {tools: two, parallel_tool_calls: true})).choices[0];
  assert.deepEqual(message.tool_calls.map((c) => c.function.name), ['weather', 'time']);
  const args = {};
  for await (const chunk of await ask('[[sim:tool=weather+time]]', {tools: two, stream: true}))
    for (const call of chunk.choices[0]?.delta?.tool_calls ?? [])
      args[call.index] = (args[call.index] ?? '') + (call.function?.arguments ?? '');
  assert.equal(Object.values(args).map((text) => JSON.parse(text)).length, 2);
});

test('images, audio, logprobs, several choices, reasoning', async () => {
  const image = await ask([{type: 'text', text: 'What is this?'},
                           {type: 'image_url', image_url: {url: 'https://example.com/cat.png'}}]);
  assert.ok(image.choices[0].message.content);
  const audio = await ask('Aloud.', {model: 'gpt-audio', modalities: ['text', 'audio'],
                                     audio: {voice: 'alloy', format: 'wav'}});
  assert.ok(audio.choices[0].message.audio.data);
  const choices = await ask('[[sim:text=hello]]', {n: 2, logprobs: true, top_logprobs: 1});
  assert.equal(choices.choices.length, 2);
  assert.equal(choices.choices[1].logprobs.content.map((c) => c.token).join(''), 'hello');
  const reasoned = await ask('[[sim:reasoning=50,output_tokens=70]]', {model: 'gpt-5.1', reasoning_effort: 'low'});
  assert.equal(reasoned.usage.completion_tokens_details.reasoning_tokens, 50);
});

test('structured output is parsed by the SDK', async () => {
  const schema = {type: 'object', properties: {name: {type: 'string'}}, required: ['name'], additionalProperties: false};
  const answer = await client.chat.completions.parse({
    model: 'gpt-4o', messages: [{role: 'user', content: 'Somebody.'}],
    response_format: {type: 'json_schema', json_schema: {name: 'person', strict: true, schema}},
  });
  assert.equal(typeof JSON.parse(answer.choices[0].message.content).name, 'string');
});

test('embeddings', async () => {  // the SDK asks for base64 and decodes it
  const answer = await client.embeddings.create({model: 'text-embedding-3-small', input: ['a', 'b']});
  assert.equal(answer.data.length, 2);
  assert.equal(typeof answer.data[0].embedding[0], 'number');
  const floats = await client.embeddings.create({
    model: 'text-embedding-3-small', input: ['a', 'b'], encoding_format: 'float'});
  assert.equal(floats.data[0].embedding.length, answer.data[0].embedding.length);
  assert.ok(Math.abs(floats.data[0].embedding[0] - answer.data[0].embedding[0]) < 1e-5);
});

test('models', async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.ok(ids.includes('gpt-4o'));
  assert.equal((await client.models.retrieve('gpt-4o')).id, 'gpt-4o');
});

test('errors have the classes of the SDK, with code and request id', async () => {
  const bad = new OpenAI({maxRetries: 0, apiKey: 'tsg-' + 'a'.repeat(38)});
  const narrow = new OpenAI({maxRetries: 0, apiKey: process.env.NARROW_KEY});
  const rows = [
    [() => bad.models.list(), OpenAI.AuthenticationError, 'invalid_api_key'],
    [() => narrow.chat.completions.create({model: 'gpt-4o', messages: [{role: 'user', content: 'x'}]}),
     OpenAI.PermissionDeniedError, 'model_not_allowed'],
    [() => ask('x', {model: 'no-such-model'}), OpenAI.NotFoundError, 'model_not_found'],
    [() => ask('x', {temperature: 'hot'}), OpenAI.BadRequestError, 'invalid_request_error'],
    [() => ask('[[sim:fault=context-length]]'), OpenAI.BadRequestError, 'context_length_exceeded'],
    [() => ask('[[sim:fault=429]]'), OpenAI.RateLimitError, 'rate_limit_exceeded'],
    [() => ask('[[sim:fault=401]]'), OpenAI.InternalServerError, 'provider_auth_failed'],
    [() => ask('[[sim:fault=503]]'), OpenAI.InternalServerError, 'provider_unavailable'],
    [() => ask('[[sim:fault=503]]', {stream: true}), OpenAI.InternalServerError, 'provider_unavailable'],
  ];
  for (const [call, kind, code] of rows)
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof kind, `${code}: ${error.constructor.name}`);
      assert.equal(error.code, code);
      assert.ok(error.requestID);
      return true;
    });
});
