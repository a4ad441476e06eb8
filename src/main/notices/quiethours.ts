import type { QuietHours } from '../../shared/notice.ts';

/** When the quiet hours that it is in end, wall time in milliseconds; undefined outside of them. By this computer's clock. */
export function quietUntil(hours: QuietHours | undefined, nowMs: number): number | undefined {
  if (!hours || hours.from === hours.to) return undefined;
  const now = new Date(nowMs);
  const minutes = now.getHours() * 60 + now.getMinutes();
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  const isPastMidnight = from > to;
  const isQuiet = isPastMidnight ? minutes >= from || minutes < to : minutes >= from && minutes < to;
  if (!isQuiet) return undefined;
  const end = new Date(nowMs);
  if (isPastMidnight && minutes >= from) end.setDate(end.getDate() + 1);
  return end.setHours(Math.floor(to / 60), to % 60, 0, 0);
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}
