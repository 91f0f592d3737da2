// One script for every provider's models; the model's name is the only change. MODELS is a comma-separated list;
// OPENAI_BASE_URL and OPENAI_API_KEY are those of a gateway with the simulator behind all of its providers.
import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';

const client = new OpenAI({maxRetries: 0});
const parameters = {type: 'object', properties: {city: {type: 'string'}}, required: ['city'], additionalProperties: false};
const tools = ['weather', 'time'].map((name) => ({type: 'function', function: {name, description: 'd', parameters}}));
const pixel = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ' +
  'RU5ErkJggg==';

for (const model of process.env.MODELS.split(',')) {
  const ask = (content, more = {}) =>
    client.chat.completions.create({model, messages: [{role: 'user', content}], ...more});

  test(`${model}: a system message, and a top-level system`, async () => {
    const answer = await client.chat.completions.create({model, messages: [
      {role: 'system', content: 'Be brief.'}, {role: 'user', content: '[[sim:text=hello]]'}]});
    assert.equal(answer.choices[0].message.content, 'hello');
    assert.equal(answer.content, 'hello');
    assert.ok(answer.usage.cost_usd > 0);
    assert.equal((await ask('[[sim:text=hello]]', {system: 'Be brief.'})).content, 'hello');
  });

  test(`${model}: a stream, usage last`, async () => {
    let text = '', last, finishes = 0;
    const stream = await ask('[[sim:output_tokens=20]]', {stream: true, stream_options: {include_usage: true}});
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? '';
      finishes += chunk.choices[0]?.finish_reason ? 1 : 0;
      last = chunk;
    }
    assert.ok(text.length > 0);
    assert.equal(finishes, 1);
    assert.equal(last.choices.length, 0);
    assert.ok(last.usage.completion_tokens >= 20 && last.usage.cost_usd > 0);
  });

  test(`${model}: parallel tools and their results, plain and streamed`, async () => {
    const {message, finish_reason} = (await ask('[[sim:tool=weather+time]]', {tools})).choices[0];
    assert.equal(finish_reason, 'tool_calls');
    assert.deepEqual(message.tool_calls.map((c) => c.function.name), ['weather', 'time']);
    const results = message.tool_calls.map((c) => ({role: 'tool', tool_call_id: c.id, content: 'fine'}));
    const done = await client.chat.completions.create(
      {model, tools, messages: [{role: 'user', content: 'Weather?'}, message, ...results]});
    assert.equal(done.choices[0].finish_reason, 'stop');
    const calls = {};
    for await (const chunk of await ask('[[sim:tool=weather+time]]', {tools, stream: true}))
      for (const call of chunk.choices[0]?.delta?.tool_calls ?? []) {
        calls[call.index] ??= {ids: 0, text: ''};
        calls[call.index].ids += call.id ? 1 : 0;
        calls[call.index].text += call.function?.arguments ?? '';
      }
    assert.equal(Object.keys(calls).length, 2);
    for (const call of Object.values(calls)) {
      assert.equal(call.ids, 1);
      JSON.parse(call.text);
    }
  });

  test(`${model}: an image, a schema, an effort`, async () => {
    const seen = await ask([{type: 'text', text: '[[sim:text=seen]]'}, {type: 'image_url', image_url: {url: pixel}}]);
    assert.equal(seen.content, 'seen');
    const schema = {type: 'json_schema', json_schema: {name: 'answer', strict: true, schema: parameters}};
    assert.equal(typeof JSON.parse((await ask('Which city?', {response_format: schema})).content).city, 'string');
    assert.equal((await ask('[[sim:text=thought,reasoning=10]]', {reasoning_effort: 'low'})).content, 'thought');
  });

  test(`${model}: errors are the SDK's own classes`, async () => {
    await assert.rejects(ask('[[sim:fault=429]]'), OpenAI.RateLimitError);
    await assert.rejects(ask('[[sim:fault=context-length]]'), OpenAI.BadRequestError);
    await assert.rejects(ask('[[sim:fault=500]]'), OpenAI.InternalServerError);
    await assert.rejects(async () => {
      for await (const chunk of await ask('[[sim:output_tokens=50,fault=cut-stream]]', {stream: true})) void chunk;
    });
  });
}
