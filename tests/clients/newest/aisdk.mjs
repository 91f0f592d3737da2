// The AI SDK's chat models: `@ai-sdk/openai-compatible`, and `@ai-sdk/openai` with .chat().
import {createOpenAI} from '@ai-sdk/openai';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {generateObject, generateText, stepCountIs, streamText, tool} from 'ai';
import {readFileSync} from 'node:fs';
import {z} from 'zod';

const {OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: apiKey, MODELS} = process.env;
const version = JSON.parse(readFileSync(new URL(import.meta.resolve('ai/package.json')))).version;
const compatible = createOpenAICompatible({name: 'tsg', baseURL, apiKey, supportsStructuredOutputs: true});
const openai = createOpenAI({baseURL, apiKey});
const weather = tool({description: 'Tells the weather.', inputSchema: z.object({city: z.string()}),
                      execute: async ({city}) => `sunny in ${city}`});
const city = z.object({name: z.string()});
const base = {maxRetries: 0, temperature: 0};

const tasks = {
  async text(model) {
    const out = await generateText({...base, model: compatible(model), prompt: 'Say hello.'});
    if (!out.text) throw new Error('no text');
  },
  async openaiText(model) {
    const out = await generateText({...base, model: openai.chat(model), prompt: 'Say hello.'});
    if (!out.text) throw new Error('no text');
  },
  async stream(model) {
    let text = '';
    const out = streamText({...base, model: compatible(model), prompt: 'Say hello.', stopSequences: ['never'],
                            onError: () => {}});
    for await (const part of out.fullStream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'text-delta') text += part.text;
    }
    if (!text) throw new Error('no text');
  },
  async forcedTool(model) {
    const out = await generateText({...base, model: compatible(model), prompt: 'Weather in Bern?', tools: {weather},
                                    toolChoice: 'required'});
    if (out.toolCalls[0]?.toolName !== 'weather') throw new Error('no call');
  },
  async loop(model) {
    const out = await generateText({...base, model: compatible(model), prompt: 'Weather in Bern?', tools: {weather},
                                    stopWhen: stepCountIs(4)});
    if (!out.text) throw new Error('no text after the tool');
  },
  async object(model) {
    const out = await generateObject({...base, model: compatible(model), prompt: 'Which city?', schema: city});
    if (!out.object.name) throw new Error('no object');
  },
};

let failed = 0, all = 0;
for (const [name, task] of Object.entries(tasks))
  for (const model of MODELS.split(',')) {
    ++all;
    try {
      await task(model);
      console.log(`ok   ai ${version} ${name} ${model}`);
    } catch (error) {
      ++failed;
      console.log(`FAIL ai ${version} ${name} ${model}: ${String(error).slice(0, 300)} ${String(error.responseBody ?? '').slice(0, 300)}`);
    }
  }
console.log(`sum  ai ${version} ${all - failed} of ${all}`);
process.exit(failed ? 1 : 0);
