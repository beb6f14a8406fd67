// An autograd engine in JavaScript, and the worker by which gradassay checks it, in one file:
//
//   gradassay check 'cmd:node examples/engines/engine.mjs'
//
// It needs Node alone. The first half is the engine; the second speaks docs/wire.md.

import { createInterface } from "node:readline";

// ---- arrays: flat data in C order, and a shape --------------------------------------------------

const size = (shape) => shape.reduce((n, length) => n * length, 1);

function broadcast(shapes) {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const out = Array(rank).fill(1);
  for (const shape of shapes)
    shape.forEach((length, k) => {
      const axis = rank - shape.length + k;
      if (length !== 1 && out[axis] !== 1 && length !== out[axis])
        throw new RangeError(`shapes ${JSON.stringify(shapes)} do not broadcast`);
      if (length !== 1) out[axis] = length;
    });
  return out;
}

// For each entry of an array of shape `out` the one of `shape`, which is broadcast to it.
function positions(shape, out) {
  const steps = Array(out.length).fill(0);
  for (let k = shape.length - 1, step = 1; k >= 0; step *= shape[k--])
    if (shape[k] !== 1) steps[out.length - shape.length + k] = step;
  return Int32Array.from({ length: size(out) }, (_, entry) => {
    let at = 0;
    for (let k = out.length - 1; k >= 0; k--) {
      at += (entry % out[k]) * steps[k];
      entry = Math.floor(entry / out[k]);
    }
    return at;
  });
}

// ---- the tape -----------------------------------------------------------------------------------

let made = 0;

// `pull` takes the gradient of this tensor to one of each parent, all of them flat arrays.
class Tensor {
  constructor(data, shape, parents = [], pull = null) {
    Object.assign(this, { data, shape, parents, pull, grad: null, id: made++ });
    this.requiresGrad = parents.some((parent) => parent.requiresGrad);
  }

  get isLeaf() {
    return !this.requiresGrad || this.parents.length === 0;
  }
}

const added = (held, part) => (held ? held.map((v, i) => v + part[i]) : part);

// The gradient of a scalar for every tensor that it was made of. Whatever is made of others has a
// higher id than they, so falling ids are an order to sweep in.
function sweep(output, seed) {
  if (!seed && output.data.length !== 1) throw new RangeError("no scalar: give a seed");
  const found = new Set([output]);
  for (const t of found) for (const p of t.parents) if (p.requiresGrad) found.add(p);
  const grads = new Map([[output, seed?.data ?? output.data.map(() => 1)]]);
  for (const t of [...found].sort((a, b) => b.id - a.id))
    t.pull?.(grads.get(t)).forEach((part, k) => {
      const p = t.parents[k];
      if (p.requiresGrad) grads.set(p, added(grads.get(p), part));
    });
  return grads;
}

// Adds what one sweep gives to `grad` of every leaf.
function backward(output, seed) {
  if (!output.requiresGrad) throw new TypeError("nothing here asks for a gradient");
  if (seed) sameShape(seed, output);
  for (const [x, grad] of sweep(output, seed))
    if (x.isLeaf) x.grad = new Tensor(added(x.grad?.data, grad), x.shape);
}

function sameShape(grad, x) {
  if (String(grad.shape) !== String(x.shape))
    throw new RangeError(`a gradient of shape [${grad.shape}] for a value of shape [${x.shape}]`);
}

// ---- ops ----------------------------------------------------------------------------------------

// An op of f, with a slope for each of its arguments: a function of the entries and the result. To
// gather entries by `positions` is to broadcast them; to add gradients up by it is the reverse.
function elementwise(f, ...slopes) {
  return (...given) => {
    const xs = given.slice(0, slopes.length);
    const shape = broadcast(xs.map((x) => x.shape));
    const at = xs.map((x) => positions(x.shape, shape));
    const entries = (i) => xs.map((x, k) => x.data[at[k][i]]);
    const data = new xs[0].data.constructor(size(shape)).map((_, i) => f(...entries(i)));
    const pull = (grad) =>
      xs.map((x, k) => {
        const part = x.data.map(() => 0);
        grad.forEach((g, i) => (part[at[k][i]] += g * slopes[k](...entries(i), data[i])));
        return part;
      });
    return new Tensor(data, shape, xs, pull);
  };
}

function sum(x, { axis = null, keepdims = false }) {
  const rank = x.shape.length;
  const axes = axis === null ? [...x.shape.keys()] : [axis].flat().map((k) => (k + rank) % rank);
  const kept = x.shape.map((length, k) => (axes.includes(k) ? 1 : length));
  const at = positions(kept, x.shape);
  const data = new x.data.constructor(size(kept));
  x.data.forEach((v, i) => (data[at[i]] += v));
  const shape = keepdims ? kept : x.shape.filter((_, k) => !axes.includes(k));
  return new Tensor(data, shape, [x], (grad) => [x.data.map((_, i) => grad[at[i]])]);
}

function mean(x, params) {
  const total = sum(x, params);
  const count = x.data.constructor.of(x.data.length / total.data.length);
  return ops.divide(total, new Tensor(count, []));
}

const ops = {
  add: elementwise((a, b) => a + b, () => 1, () => 1),
  subtract: elementwise((a, b) => a - b, () => 1, () => -1),
  multiply: elementwise((a, b) => a * b, (a, b) => b, (a) => a),
  divide: elementwise((a, b) => a / b, (a, b) => 1 / b, (a, b, y) => -y / b),
  negative: elementwise((a) => -a, () => -1),
  square: elementwise((a) => a * a, (a) => 2 * a),
  exp: elementwise(Math.exp, (a, y) => y),
  log: elementwise(Math.log, (a) => 1 / a),
  sin: elementwise(Math.sin, Math.cos),
  cos: elementwise(Math.cos, (a) => -Math.sin(a)),
  tanh: elementwise(Math.tanh, (a, y) => 1 - y * y),
  "nn.functional.relu": elementwise((a) => Math.max(a, 0), (a) => (a > 0 ? 1 : 0)),
  sum,
  mean,
};

// ---- the wire: what is said of values -----------------------------------------------------------

const types = { float64: Float64Array, float32: Float32Array };

class Unsupported extends Error {}

// A leaf of a program. Entries of kind "real" come as float64, in C order.
function lift({ kind, shape, data, requires_grad }, dtype) {
  if (kind !== "real") throw new Unsupported(`a leaf of kind ${kind}`);
  const stored = new Float64Array(new Uint8Array(Buffer.from(data, "base64")).buffer);
  const leaf = new Tensor(types[dtype].from(stored), shape);
  return Object.assign(leaf, { requiresGrad: requires_grad });
}

function packed(data, shape) {
  const dtype = Object.keys(types).find((name) => data instanceof types[name]);
  return { dtype, shape, b64: Buffer.from(data.buffer).toString("base64") };
}

// An argument is the number of an earlier value, or a plain number.
const pick = (values) => (a) => (typeof a === "number" ? values[a] : a.static);

function call({ op, params = {} }, args, dtype) {
  if (!Object.hasOwn(ops, op)) throw new Unsupported(op);
  const tensor = (a) => (a instanceof Tensor ? a : new Tensor(types[dtype].of(a), []));
  return ops[op](...args.map(tensor), params);
}

function failure(error, where) {
  const kind = error instanceof Unsupported ? "unsupported" : "raised";
  const { constructor, message, stack } = error;
  return { kind, type: constructor.name, message, where, traceback: stack };
}

// ---- the wire: programs -------------------------------------------------------------------------

// The outputs of a program, and the gradient of the last of them for every leaf.
function answer({ leaves, calls, outputs }, dtype) {
  let where = "start";
  try {
    const inputs = leaves.map((leaf, k) => {
      where = `leaf ${k}`;
      return lift(leaf, dtype);
    });
    const values = [...inputs];
    calls.forEach((next, k) => {
      where = `call ${k}`;
      values.push(call(next, next.args.map(pick(values)), dtype));
    });
    where = "sweep";
    const grads = sweep(values[outputs.at(-1)]);
    const asked = (x) => x.requiresGrad && grads.has(x);
    return {
      values: outputs.map((k) => packed(values[k].data, values[k].shape)),
      grads: inputs.map((x) => (asked(x) ? packed(grads.get(x), x.shape) : null)),
    };
  } catch (error) {
    return { error: failure(error, where) };
  }
}

// ---- the wire: checks of state ------------------------------------------------------------------

// What each verb makes of the results of earlier steps. `run` is the dtype of the run.
const verbs = {
  leaf: (_, { leaf, dtype }, run) => lift(leaf, dtype ?? run),
  call: (args, given, run) => call(given, args, run),
  repeat: ([x, ...others], given, run) => {
    for (let k = 0; k < given.times; k++) x = call(given, [x, ...others], run);
    return x;
  },
  grads: ([y, ...leaves]) => {
    const grads = sweep(y);
    const asked = (x) => x.requiresGrad && grads.has(x);
    return leaves.map((x) => (asked(x) ? new Tensor(grads.get(x), x.shape) : null));
  },
  item: ([parts], { index }) => parts[index],
  value: ([x]) => x,
  backward: ([y, seed]) => backward(y, seed),
  get_grad: ([x]) => x.grad,
  set_grad: ([x, grad = null]) => {
    if (grad) sameShape(grad, x);
    x.grad = grad;
  },
  zero_grad: (leaves) => leaves.forEach((x) => (x.grad = null)),
  detach: ([x]) => new Tensor(x.data, x.shape),
  requires_grad: ([x]) => x.requiresGrad,
  is_leaf: ([x]) => x.isLeaf,
  same: ([x, y]) => x === y,
};
const shows = ["item", "value", "get_grad"];

function shown(verb, result) {
  if (result === null) return { none: true };
  if (typeof result === "boolean") return { flag: result };
  return shows.includes(verb) ? { array: packed(result.data, result.shape) } : {};
}

// Every step is tried; one that needs a step that failed is blocked.
function play({ steps, dtype }) {
  const results = [];
  return steps.map(({ verb, of = [], given = {} }, k) => {
    const blocked = of.some((a) => typeof a === "number" && !(a in results));
    if (blocked) return { error: { kind: "blocked", message: "an earlier step failed" } };
    try {
      const result = verbs[verb](of.map(pick(results)), given, dtype);
      results[k] = result;
      return shown(verb, result);
    } catch (error) {
      return { error: failure(error, `step ${k}`) };
    }
  });
}

// ---- the wire: each line a request, each reply a line -------------------------------------------

const handlers = {
  hello: () => [
    {
      ok: true,
      protocol: 1,
      name: "engine.mjs",
      version: "1.0",
      style: "tape",
      offers: Object.fromEntries(Object.keys(ops).map((op) => [op, { ops: op }])),
      limits: { dtypes: Object.keys(types) },
      verbs: [...Object.keys(verbs), "seed"],
    },
  ],
  *answers({ programs, dtype }) {
    for (const [i, program] of programs.entries()) yield { i, ...answer(program, dtype) };
    yield { done: true };
  },
  script: (request) => [{ steps: play(request) }],
  bye: () => process.exit(),
};
const unknown = ({ kind }) => [{ error: failure(new Unsupported(`a request of kind ${kind}`)) }];

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  for (const reply of (handlers[request.kind] ?? unknown)(request))
    process.stdout.write(JSON.stringify({ seq: request.seq, ...reply }) + "\n");
}
