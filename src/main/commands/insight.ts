import type { Command } from 'commander';
import type { RiskReport, WhyNotReport } from '../../shared/insight.ts';
import { bytesText, durationText, shortId } from '../../shared/units.ts';
import { UsageError } from '../cli.ts';
import { addCommand, does, type CommandWorld, type Options } from './command.ts';
import { moneyText, timeText, visibleText, type TokenUnit } from './format.ts';
import { rowsOf } from './rows.ts';
import { factsText, tableText } from './table.ts';
import { secondsOf, wholeOf } from './values.ts';

export function addInsight(program: Command, world: CommandWorld): void {
  const whyNot = addCommand(program, 'why-not', 'why slots were not sold, and what would have sold them')
    .option('--from <day>', 'the first day in UTC, such as 2026-11-22')
    .option('--to <day>', 'the last day')
    .option('--limit <n>', 'so many of the newest requests', '10');
  does(whyNot, world, 'node', async ({ client, show }, _args, options) => {
    const limit = wholeOf('--limit', String(options.limit), { min: 1, max: 1000 });
    const report = await client.whyNot({ ...dayOf('from', options), ...dayOf('to', options), limit });
    show(report, () => whyNotText(report));
  });

  const risk = addCommand(program, 'risk', 'what running sales put at risk, now and while the node is off')
    .option('--off <time...>', 'for so long, e.g. 10min 8h', ['10min', '1h', '8h'])
    .option('--chance <part>', 'the risk that is taken, from 0 to 1', '0.01');
  does(risk, world, 'node', async ({ client, show }, _args, options) => {
    const { node } = await rowsOf(client);
    const seconds = (options.off as string[]).map((text) => Number(secondsOf('--off', text)));
    const report = await client.risk({ seconds, risk: chanceOf(String(options.chance)) });
    show(report, () => riskText(report, node.token));
  });
}

function dayOf<K extends 'from' | 'to'>(key: K, options: Options): { [P in K]?: string } {
  const text = options[key];
  if (typeof text !== 'string') return {};
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)))
    return { [key]: text } as { [P in K]: string };
  throw new UsageError(`--${key} wants a day such as 2026-11-22, not "${text}".`);
}

function chanceOf(text: string): number {
  const chance = text.trim() === '' ? NaN : Number(text);
  if (chance >= 0 && chance <= 1) return chance;
  throw new UsageError(`--chance wants a number from 0 to 1, not "${text}".`);
}

function whyNotText({ counts, recent }: WhyNotReport): string {
  if (counts.length === 0 && recent.length === 0) return 'No request was seen.';
  const table = tableText(
    [
      { title: 'DAY', of: ({ day }) => day },
      { title: 'OFFER', of: ({ availabilityId }) => availabilityId?.slice(2, 10) ?? '-' },
      { title: 'RULE', of: ({ rule }) => rule },
      { title: 'REQUESTS', of: ({ requests }) => String(requests), align: 'right' },
      { title: 'SLOTS', of: ({ slots }) => String(slots), align: 'right' },
    ],
    counts,
  );
  return [table, ...recent.map(requestText)].join('\n\n');
}

function requestText(request: WhyNotReport['recent'][number]): string {
  const { requestId, seenAt, slots, slotSizeBytes, durationSeconds, sold, obstacle, offers } = request;
  const head = `Request ${shortId(requestId)}, seen ${timeText(seenAt)}: ${slots} slots of ${bytesText(slotSizeBytes)} for ${durationText(durationSeconds)}; ${sold} sold here`;
  const lines = offers.flatMap(({ name, obstacles }) =>
    obstacles.map(({ text, slots: some }) => `${visibleText(name)}: ${visibleText(text)} (${some} slots)`),
  );
  return [head, ...(obstacle ? [visibleText(obstacle.text)] : []), ...lines].join('\n  ');
}

function riskText({ atRisk, slots, offline, safeSeconds }: RiskReport, token: TokenUnit): string {
  if (slots.length === 0) return 'Nothing is at risk: no slot is sold.';
  const percent = (chance: number) => `${(chance * 100).toPrecision(2)} %`;
  const safe = (seconds: number) =>
    Number.isFinite(seconds) ? durationText(seconds) : 'as long as they run';
  const facts = factsText([
    ['At risk now', `${moneyText(atRisk, token)} in ${slots.length} slots`],
    [`Off without a slash (risk ${safeSeconds.risk})`, safe(safeSeconds.noSlash)],
    ['Off without a loss', safe(safeSeconds.noLoss)],
  ]);
  const table = tableText(
    [
      { title: 'OFF FOR', of: ({ seconds }) => durationText(seconds) },
      { title: 'A SLASH', of: ({ anySlash }) => percent(anySlash), align: 'right' },
      { title: 'A LOSS', of: ({ anyLoss }) => percent(anyLoss), align: 'right' },
      { title: 'EXPECTED LOSS', of: ({ expectedLoss }) => moneyText(expectedLoss, token), align: 'right' },
    ],
    offline,
  );
  return `${facts}\n\n${table}`;
}
