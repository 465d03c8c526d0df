// Owns frames no honest window would send: arbitraries derived from the contract's own schemas, and ways to spoil them.
import * as fc from 'fast-check';
import { z } from 'zod';
import { api } from '../../core/contract/api.js';

interface Schema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  contentEncoding?: string;
}
export type OperationName = keyof typeof api.operations;
export const operationNames = Object.keys(api.operations) as OperationName[];

const largest = Number.MAX_SAFE_INTEGER;
/** Rows a fresh app has, and rows it does not have. */
const someId = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) }, { weight: 1, arbitrary: fc.constantFrom(99, 2 ** 31, 2 ** 32, largest) });
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', ' ', '\0', '\ud800', '\u202e', "' OR 1=1 --", '"', '%', '*', 'NEAR(', '__proto__', 'constructor', '!crash', '\n'.repeat(200), 'x'.repeat(5000)),
);
/** Never the root or the working folder themselves: an operation may read whole folders. */
const path = fc.constantFrom('/nowhere', '/dev/zero', '/dev/stdin', '/proc/self/mem', '/nowhere\0.gguf', 'file:///nowhere', 'file://elsewhere/x.gguf', 'file:///a%00b', 'file://%', 'file:', '~nobody/x', '"', "'/nowhere'", `/${'long/'.repeat(700)}x`, `/${'x'.repeat(300)}`, '/nowhere/\ud800', 'http://elsewhere.example/a', '\\\\elsewhere\\share');

/** Values that fit a JSON schema, most of them; limits of formats are left to luck. */
function fitting(schema: Schema, name: string): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((each) => fitting(each, name)));
  if (schema.allOf) return fitting(Object.assign({}, ...schema.allOf) as Schema, name);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      if (!schema.properties) return fc.dictionary(text, typeof schema.additionalProperties === 'object' ? fitting(schema.additionalProperties, '') : fc.jsonValue(), { maxKeys: 4 });
      const fields = Object.fromEntries(Object.entries(schema.properties).map(([key, each]) => [key, fitting(each, key)]));
      return fc.record(fields, { requiredKeys: schema.required ?? [] });
    }
    case 'array':
      return fc.array(fitting(schema.items ?? {}, name), { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 4, (schema.minItems ?? 0) + 3) });
    case 'string':
      if (/^paths?$/.test(name)) return path;
      if (name === 'modelId') return fc.oneof(fc.constant('built-in-tiny'), text);
      if (schema.contentEncoding === 'base64') return fc.base64String({ maxLength: 64 });
      return text.map((value) => value.padEnd(schema.minLength ?? 0, 'x').slice(0, schema.maxLength));
    case 'integer':
    case 'number': {
      const low = schema.minimum ?? (schema.exclusiveMinimum === undefined ? -1e6 : schema.exclusiveMinimum + 1);
      const high = schema.maximum ?? (schema.exclusiveMaximum === undefined ? largest : schema.exclusiveMaximum);
      if (/id$/i.test(name)) return someId;
      return schema.type === 'integer' ? fc.oneof(fc.integer({ min: Math.max(low, -largest), max: Math.min(high, largest) }), fc.constantFrom(low, high)) : fc.double({ min: low, max: high, noNaN: true });
    }
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue();
  }
}

const deep = (depth: number, open: string, close: string): unknown => JSON.parse(open.repeat(depth) + '1' + close.repeat(depth));
/** As JSON text where the value itself would be dangerous or dear to make often. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(null, true, false, -1, 0, 0.5, -0, 1e308, 2 ** 53, '', '0', '1', [], {}, [[]], [null], { length: 1e9 }, { toString: 1, valueOf: 2 }, '\0', '\ud800') },
  { weight: 10, arbitrary: fc.constantFrom('{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"__proto__":null}', '{"hasOwnProperty":1}', '{"then":1}').map((json) => JSON.parse(json) as unknown) },
  { weight: 2, arbitrary: fc.constantFrom(['[', ']'], ['{"a":', '}']).map(([open, close]) => deep(3000, open!, close!)) },
  { weight: 1, arbitrary: fc.constant(null).map(() => 'x'.repeat(2_100_000)) },
  { weight: 1, arbitrary: fc.constant(null).map(() => Array.from({ length: 20_000 }, (_, at) => at)) },
  { weight: 20, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 6, arbitrary: fc.constantFrom<unknown>(undefined, Number.NaN, Infinity, 10n, new Date(0), new Map([[1, 2]]), new Uint8Array(8), /x/) },
);

/** Puts `value` somewhere into `target`: in place of one field at any depth, or beside the others. */
function spoil(target: unknown, where: readonly number[], value: unknown): unknown {
  if (where.length === 0 || typeof target !== 'object' || target === null) return value;
  const keys = Object.keys(target);
  const key = keys.length === 0 || where[0]! % 9 === 0 ? 'unasked' : keys[where[0]! % keys.length]!;
  if (where[0]! % 7 === 3 && key !== 'unasked') return Object.fromEntries(Object.entries(target).filter(([each]) => each !== key));
  const inner = spoil((target as Record<string, unknown>)[key], where.slice(1), value);
  return Array.isArray(target) ? Object.assign([...target], { [key]: inner }) : { ...target, [key]: inner };
}

/** Parameters for an operation: a third as they should be, a third with one thing wrong, a third anything at all. */
export function paramsFor(op: OperationName): fc.Arbitrary<unknown> {
  const schema = z.toJSONSchema(api.operations[op].params, { io: 'input', unrepresentable: 'any' }) as Schema;
  const good = fitting(schema, '');
  const spoiled = fc.tuple(good, fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }), hostile).map(([target, where, value]) => spoil(target, where, value));
  return fc.oneof(good, spoiled, hostile);
}

/** Frames around parameters that are wrong as frames: no answer is owed, and none may do harm. */
export const brokenFrames: fc.Arbitrary<unknown> = fc.oneof(
  hostile,
  fc.record({ kind: fc.constantFrom('call', 'result', 'error', 'event', 'Call', '__proto__', 1, null), id: fc.oneof(fc.integer(), hostile), op: fc.oneof(fc.constantFrom<unknown>(...operationNames), hostile), params: hostile }, { requiredKeys: [] }),
  fc.record({ kind: fc.constantFrom('result', 'error', 'event'), id: fc.integer(), value: hostile, error: fc.constant({ code: 'internal', message: 'x' }), name: fc.constantFrom('engine.state', 'constructor'), body: hostile }),
);

/** Names that are no operations. */
export const unknownOperations = ['', 'constructor', '__proto__', 'hasOwnProperty', 'toString', 'app.hello ', 'APP.HELLO', 'app', 'messages.send\0', 'x'.repeat(100_000)];
