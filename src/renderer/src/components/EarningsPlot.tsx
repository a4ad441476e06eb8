import { currentLanguage } from '../../../shared/i18n/language.ts';
import { perLanguage } from '../i18n/numbers.ts';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { EarningBar, EarningChart } from '../../../shared/accounts.ts';
import { tokensText } from '../../../shared/units.ts';
import { t } from '../i18n/t.ts';
import { barLabel } from '../lib/earnings.ts';
import { useTheme } from '../theme/appearance.ts';

interface EarningsPlotProps {
  readonly chart: EarningChart;
  /** The bar after which the future begins. */
  readonly today: number;
  /** Where the reading line stands; undefined as long as nobody reads along. */
  readonly chosen: number | undefined;
  readonly choose: (index: number) => void;
  readonly widthPx: number;
  readonly decimals: number;
}

/** The drawing itself, for eyes: what it shows is said in words by who stands around it. */
export function EarningsPlot({ chart, today, chosen, choose, widthPx, decimals }: EarningsPlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const reading = useRef(chosen);
  const theme = useTheme();
  useEffect(() => {
    if (!host.current || !canDraw()) return undefined;
    const drawn = new uPlot(
      optionsOf({ chart, today, decimals, widthPx, inks: inksOf(), chosen: () => reading.current }),
      dataOf(chart.bars, decimals),
      host.current,
    );
    plot.current = drawn;
    // The canvas does not wait for its font as text does, and would keep another one.
    void document.fonts
      ?.load(`11px ${fontFamily()}`)
      .then(() => plot.current === drawn && drawn.redraw(false, true));
    return () => {
      plot.current = undefined;
      drawn.destroy();
    };
  }, [chart, today, decimals, widthPx, theme]);
  useEffect(() => {
    reading.current = chosen;
    plot.current?.redraw(false);
  }, [chosen]);
  return (
    <div
      ref={host}
      aria-hidden="true"
      onPointerMove={(event) => {
        const drawn = plot.current;
        if (!drawn) return;
        const { left } = drawn.over.getBoundingClientRect();
        const index = Math.round(drawn.posToVal(event.clientX - left, 'x'));
        if (index >= 0 && index < chart.bars.length && index !== reading.current) choose(index);
      }}
    />
  );
}

const HEIGHT_PX = 220;

interface Inks {
  readonly accent: string;
  readonly softline: string;
  readonly danger: string;
  readonly line: string;
  readonly line2: string;
  readonly text2: string;
  readonly text3: string;
}

const fontFamily = () => getComputedStyle(document.body).fontFamily;

function inksOf(): Inks {
  const style = getComputedStyle(document.documentElement);
  const ink = (name: string) => style.getPropertyValue(`--${name}`).trim() || '#888';
  const names = ['accent', 'softline', 'danger', 'line', 'line2', 'text2', 'text3'] as const;
  return Object.fromEntries(names.map((name) => [name, ink(name)])) as unknown as Inks;
}

/** For drawing only: what is read comes from the exact amounts. */
const inTokens = (amount: bigint, decimals: number): number => Number(amount) / 10 ** decimals;

function dataOf(bars: readonly EarningBar[], decimals: number): uPlot.AlignedData {
  const tops = bars.map(({ settled, expected }) => inTokens(settled + expected, decimals));
  const bottoms = bars.map(({ slashed }) => inTokens(slashed, decimals));
  return [bars.map((_, index) => index), tops, bottoms];
}

interface Drawing {
  readonly chart: EarningChart;
  readonly today: number;
  readonly decimals: number;
  readonly widthPx: number;
  readonly inks: Inks;
  readonly chosen: () => number | undefined;
}

function optionsOf(drawing: Drawing): uPlot.Options {
  const { chart, widthPx, inks } = drawing;
  const { bars, step } = chart;
  const font = `11px ${fontFamily()}`;
  const every = Math.max(1, Math.ceil(bars.length / Math.max(2, Math.floor(widthPx / 64))));
  const axis = { stroke: inks.text3, font, ticks: { show: false } };
  return {
    width: Math.max(200, widthPx),
    height: HEIGHT_PX,
    padding: [16, 8, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: () => [-0.5, bars.length - 0.5] },
      y: { range: (_u, low, high) => rangeOf(low, high) },
    },
    axes: [
      {
        ...axis,
        size: 24,
        gap: 6,
        grid: { show: false },
        splits: () => bars.map((_, index) => index).filter((index) => index % every === 0),
        values: (_u, splits) =>
          splits.map((index) => {
            const bar = bars[index];
            return bar ? barLabel(bar, step) : '';
          }),
      },
      { ...axis, size: 56, gap: 8, space: 44, grid: { stroke: inks.line, width: 1 }, values: axisValues },
    ],
    series: [
      {},
      { paths: () => null, points: { show: false } },
      { paths: () => null, points: { show: false } },
    ],
    hooks: { draw: [(u) => draw(u, drawing)] },
  };
}

/** Zero is always in it, and an empty chart has an axis too. */
function rangeOf(low: number | null, high: number | null): [number, number] {
  const [bottom, top] = [Math.min(0, low ?? 0), Math.max(0, high ?? 0)];
  if (bottom === 0 && top === 0) return [0, 1];
  const margin = (top - bottom) * 0.08;
  return [bottom === 0 ? 0 : bottom - 2 * margin, top === 0 ? 0 : top + margin];
}

const axisValues = (_u: uPlot, splits: readonly number[]): string[] =>
  splits.map((value) => axisNumbers[currentLanguage()].format(value).replace('-', '−'));
const axisNumbers = perLanguage((locale) => new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }));

function draw(u: uPlot, { chart, today, decimals, inks, chosen }: Drawing): void {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const x = (index: number) => u.valToPos(index, 'x', true);
  const y = (value: number) => u.valToPos(value, 'y', true);
  const pitch = x(1) - x(0);
  const width = Math.max(ratio, Math.round(pitch * 0.6));
  const zero = Math.round(y(0));
  const { top, height, left, width: wide } = u.bbox;
  const tall = (from: number, to: number) => Math.max(2 * ratio, Math.abs(y(from) - y(to)));
  ctx.save();
  const hatch = hatchOf(ctx, inks.softline, ratio);
  chart.bars.forEach(({ settled, expected, slashed }, index) => {
    const from = Math.round(x(index) - width / 2);
    const paid = inTokens(settled, decimals);
    if (settled > 0n) fill(inks.accent, from, zero, -tall(0, paid));
    if (expected > 0n) {
      const base = settled > 0n ? zero - tall(0, paid) : zero;
      const size = tall(0, inTokens(expected, decimals));
      fill(hatch, from, base, -size);
      ctx.strokeStyle = inks.softline;
      ctx.lineWidth = ratio;
      ctx.strokeRect(from + ratio / 2, base - size + ratio / 2, width - ratio, size - ratio);
    }
    if (slashed < 0n) {
      const size = tall(0, inTokens(slashed, decimals));
      fill(inks.danger, from, zero, size);
      figure(tokensText(slashed, decimals), x(index), zero + size);
    }
  });
  line(inks.line2, left, zero, left + wide, zero);
  const now = Math.round(x(today + 0.5));
  line(inks.text2, now, top - 10 * ratio, now, top + height);
  ctx.font = `${11 * ratio}px ${fontFamily()}`;
  ctx.fillStyle = inks.text3;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'top';
  ctx.fillText(t('earnings.today'), now - 5 * ratio, top - 10 * ratio);
  const reading = chosen();
  if (reading !== undefined) {
    const at = Math.round(x(reading));
    line(inks.text2, at, top, at, top + height);
  }
  ctx.restore();

  function fill(ink: string | CanvasPattern, from: number, base: number, size: number): void {
    ctx.fillStyle = ink;
    ctx.fillRect(from, base, width, size);
  }

  /** Below its bar, where it fits into the drawing and between its neighbours. */
  function figure(text: string, middle: number, below: number): void {
    ctx.font = `${11 * ratio}px ${fontFamily()}`;
    const room = Math.min(middle - left, left + wide - middle, 1.5 * pitch) * 2;
    if (ctx.measureText(text).width > room || below + 16 * ratio > top + height) return;
    ctx.fillStyle = inks.danger;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'top';
    ctx.fillText(text, middle, below + 3 * ratio);
  }

  function line(ink: string, ...[x1, y1, x2, y2]: [number, number, number, number]): void {
    ctx.strokeStyle = ink;
    ctx.lineWidth = ratio;
    ctx.beginPath();
    ctx.moveTo(x1 + ratio / 2, y1 + ratio / 2);
    ctx.lineTo(x2 + ratio / 2, y2 + ratio / 2);
    ctx.stroke();
  }
}

/** Lines at 45°, 5 px apart, like those of the bars elsewhere. */
function hatchOf(ctx: CanvasRenderingContext2D, ink: string, ratio: number): CanvasPattern | string {
  const size = Math.round(7 * ratio);
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const brush = tile.getContext('2d');
  if (!brush) return ink;
  brush.strokeStyle = ink;
  brush.lineWidth = 1.3 * ratio;
  for (const shift of [-size, 0, size]) {
    brush.moveTo(shift, size);
    brush.lineTo(shift + size, 0);
  }
  brush.stroke();
  return ctx.createPattern(tile, 'repeat') ?? ink;
}

/** Without a canvas the words and the table say it all. */
function canDraw(): boolean {
  try {
    return typeof Path2D === 'function' && document.createElement('canvas').getContext('2d') !== null;
  } catch {
    return false;
  }
}
