/** A picture of few colours as a small PNG: text and hairlines on a plain ground need no more than sixteen. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** The bytes of a PNG of at most 16 colours from those of one as browsers write it. @throws for any other kind */
export function palettePng(png) {
  const { width, height, pixels } = pixelsOf(png);
  const palette = paletteOf(pixels);
  const rowBytes = 1 + Math.ceil(width / 2);
  const rows = Buffer.alloc(rowBytes * height);
  const nearest = new Map();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = pixels[y * width + x];
      let index = nearest.get(colour);
      if (index === undefined) nearest.set(colour, (index = nearestIn(palette, colour)));
      rows[y * rowBytes + 1 + (x >> 1)] |= x % 2 === 0 ? index << 4 : index;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([4, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flatMap((colour) => channels(colour)))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The colours, red in the lowest byte, row by row. */
function pixelsOf(png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const [depth, kind, , , interlace] = png.subarray(24, 29);
  const size = { 2: 3, 6: 4 }[kind];
  if (depth !== 8 || size === undefined || interlace !== 0)
    throw new Error('Not a PNG of 8 bits in true colour');
  const data = inflateSync(
    Buffer.concat([...chunksOf(png)].filter(({ type }) => type === 'IDAT').map(({ data }) => data)),
  );
  const stride = width * size;
  const pixels = new Uint32Array(width * height);
  let before = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const at = y * (stride + 1);
    const row = data.subarray(at + 1, at + 1 + stride);
    unfilter(data[at], row, before, size);
    for (let x = 0; x < width; x++)
      pixels[y * width + x] = row[x * size] | (row[x * size + 1] << 8) | (row[x * size + 2] << 16);
    before = row;
  }
  return { width, height, pixels };
}

function* chunksOf(png) {
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

/** In place; the five ways of the format. */
function unfilter(way, row, above, size) {
  for (let x = 0; x < row.length; x++) {
    const left = x < size ? 0 : row[x - size];
    const corner = x < size ? 0 : above[x - size];
    const guess = [0, left, above[x], (left + above[x]) >> 1, way === 4 ? paeth(left, above[x], corner) : 0][
      way
    ];
    row[x] += guess;
  }
}

function paeth(left, up, corner) {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

const COLOURS = 16;

/**
 * What covers some ground, however alike; then colours proper, so that amber and red stay two; then the most used of the
 * rest, each at some distance from those before.
 */
function paletteOf(pixels) {
  const counts = new Map();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byUse = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const chosen = [];
  choose(
    byUse.filter(([, count]) => count > pixels.length / 1000),
    0,
    9,
  );
  choose(
    byUse.filter(([colour]) => chroma(colour) > 60),
    30,
    14,
  );
  choose(byUse, 64, COLOURS);
  choose(byUse, 40, COLOURS);
  return chosen;

  function choose(from, least, upTo) {
    for (const [colour] of from) {
      if (chosen.length >= upTo) return;
      if (chosen.every((other) => distance(other, colour) > least)) chosen.push(colour);
    }
  }
}

const chroma = (colour) => Math.max(...channels(colour)) - Math.min(...channels(colour));

function nearestIn(palette, colour) {
  let best = 0;
  for (let index = 1; index < palette.length; index++)
    if (distance(palette[index], colour) < distance(palette[best], colour)) best = index;
  return best;
}

/** Little-endian: red is the lowest byte. */
const channels = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];

function distance(a, b) {
  const [r, g, blue] = channels(a);
  const [r2, g2, blue2] = channels(b);
  return Math.sqrt(2 * (r - r2) ** 2 + 4 * (g - g2) ** 2 + 3 * (blue - blue2) ** 2) / 3;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(data.length, 0);
  bytes.set(body, 4);
  bytes.writeUInt32BE(crc32(body), body.length + 4);
  return bytes;
}
