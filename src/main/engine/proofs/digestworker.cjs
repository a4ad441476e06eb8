// The worker of `WorkerDigester`, run from its text; does what `Poseidon2Wasm` does, which has the comments.
// In: { id, block } or { id, leaves }. Out: { id, bytes }.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');

const { module: compiled, blockAt, digestsAt, cellsPerBlock, digestBytes, pageBytes } = workerData;
const { memory, cells, layer } = new WebAssembly.Instance(compiled).exports;

parentPort.on('message', ({ id, block, leaves }) => {
  const bytes = block ? digestOf(block) : nodesAbove(leaves);
  parentPort.postMessage({ id, bytes }, [bytes.buffer]);
});

function digestOf(block) {
  put(block, blockAt);
  cells();
  return layersAbove(cellsPerBlock).slice(-digestBytes);
}

function nodesAbove(leaves) {
  put(leaves, digestsAt);
  return layersAbove(leaves.length / digestBytes);
}

function layersAbove(leafCount) {
  const nodes = [];
  let count = leafCount;
  do {
    layer(count, nodes.length === 0 ? 1 : 0);
    count = Math.ceil(count / 2);
    nodes.push(new Uint8Array(memory.buffer, digestsAt, count * digestBytes).slice());
  } while (count > 1);
  return joined(nodes);
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function put(bytes, at) {
  const lackingBytes = at + bytes.length + 2 * digestBytes - memory.buffer.byteLength;
  if (lackingBytes > 0) memory.grow(Math.ceil(lackingBytes / pageBytes));
  new Uint8Array(memory.buffer).set(bytes, at);
}
