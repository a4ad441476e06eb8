/**
 * Draws the tray images and the application's icon into `resources`: four shapes that differ in outline, in one colour,
 * on a grid of 20 units. Run it after a change of a shape; the images are kept in the repository.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deflateSync } from 'node:zlib';

const GRID = 20;
const SAMPLES = 6;

const between = (value, low, high) => value >= low && value <= high;
const distance = (x, y, toX, toY) => Math.hypot(x - toX, y - toY);

/** Inside a rectangle around the middle of the grid with rounded corners. */
const box = (x, y, halfWidth, halfHeight, radius) => {
  const beyondX = Math.max(0, Math.abs(x - 10) - (halfWidth - radius));
  const beyondY = Math.max(0, Math.abs(y - 10) - (halfHeight - radius));
  return Math.hypot(beyondX, beyondY) <= radius;
};

const onLine = (x, y, [fromX, fromY], [toX, toY], width) => {
  const length2 = (toX - fromX) ** 2 + (toY - fromY) ** 2;
  const along = Math.min(
    1,
    Math.max(0, ((x - fromX) * (toX - fromX) + (y - fromY) * (toY - fromY)) / length2),
  );
  return distance(x, y, fromX + along * (toX - fromX), fromY + along * (toY - fromY)) <= width / 2;
};

const slot = (x, y) => box(x, y, 4.4, 1.1, 0.9);

/** Whether a point belongs to the shape. */
const shapes = {
  selling: (x, y) => box(x, y, 8, 8, 3.4) && !slot(x, y),
  idle: (x, y) => (box(x, y, 8, 8, 3.4) && !box(x, y, 6.1, 6.1, 1.7)) || slot(x, y),
  attention: (x, y) => triangle(x, y) && !mark(x, y),
  stopped: (x, y) => between(distance(x, y, 10, 10), 6.2, 8.1) || onLine(x, y, [5.2, 14.8], [14.8, 5.2], 1.9),
};

/** Corners rounded by 1.2: as far from the inner triangle as that. */
const triangle = (x, y) => {
  const corners = [
    [10, 3.4],
    [17.3, 16.4],
    [2.7, 16.4],
  ];
  const isInside = y <= 16.4 && y - 3.4 >= (Math.abs(x - 10) * 13) / 7.3;
  return isInside || corners.some((from, i) => onLine(x, y, from, corners[(i + 1) % 3], 2.4));
};

const mark = (x, y) => onLine(x, y, [10, 8.2], [10, 11.6], 1.9) || distance(x, y, 10, 14.6) <= 1.15;

/** RGBA pixels of a shape: its share of every pixel is the pixel's opacity. */
function draw(size, colourAt) {
  const pixels = Buffer.alloc(size * size * 4);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      pixels.set(pixel(column, row, size, colourAt), (row * size + column) * 4);
    }
  }
  return pixels;
}

function pixel(column, row, size, colourAt) {
  const sum = [0, 0, 0];
  let hits = 0;
  for (let sample = 0; sample < SAMPLES ** 2; sample++) {
    const x = ((column + ((sample % SAMPLES) + 0.5) / SAMPLES) * GRID) / size;
    const y = ((row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) * GRID) / size;
    const colour = colourAt(x, y);
    if (!colour) continue;
    hits += 1;
    for (let part = 0; part < 3; part++) sum[part] += colour[part];
  }
  if (hits === 0) return [0, 0, 0, 0];
  return [...sum.map((part) => Math.round(part / hits)), Math.round((255 * hits) / SAMPLES ** 2)];
}

function png(size, pixels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = Buffer.alloc(size * (size * 4 + 1));
  for (let row = 0; row < size; row++) {
    pixels.copy(rows, row * (size * 4 + 1) + 1, row * size * 4, (row + 1) * size * 4);
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...parts]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'ascii'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** `zlib.crc32` came with Node 22. */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const resources = join(resolve(import.meta.dirname, '..'), 'resources');
mkdirSync(join(resources, 'tray'), { recursive: true });
const colours = { dark: [0x1b, 0x1d, 0x20], light: [0xec, 0xed, 0xee] };
for (const [shape, isInside] of Object.entries(shapes)) {
  for (const [name, colour] of Object.entries(colours)) {
    for (const size of [16, 22]) {
      for (const scale of [1, 2]) {
        const pixels = size * scale;
        const file = `${shape}-${name}-${size}${scale === 2 ? '@2x' : ''}.png`;
        writeFileSync(
          join(resources, 'tray', file),
          png(
            pixels,
            draw(pixels, (x, y) => isInside(x, y) && colour),
          ),
        );
      }
    }
  }
}

const icon = (x, y) => box(x, y, 8.6, 8.6, 3.7) && (slot(x, y) ? [255, 255, 255] : [0x0e, 0x62, 0x74]);
writeFileSync(join(resources, 'icon.png'), png(512, draw(512, icon)));
