import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { LoginLimit } from '../../../src/main/web/loginlimit.ts';
import { hashPassword, isPassword } from '../../../src/main/web/password.ts';
import { Sessions } from '../../../src/main/web/sessions.ts';
import { ManualTimers } from '../../support/manualtimers.ts';

describe('A password', () => {
  it('is known again by its hash, also when its accents are written otherwise', async () => {
    const hash = await hashPassword(new Secret('caf\u00e9 au lait'));
    expect(hash).toMatch(/^scrypt\$32768\$8\$1\$/);
    expect(hash).not.toContain('lait');
    expect(await isPassword(new Secret('cafe\u0301 au lait'), hash)).toBe(true);
    expect(await isPassword(new Secret('cafe au lait'), hash)).toBe(false);
    expect(await hashPassword(new Secret('caf\u00e9 au lait'))).not.toBe(hash);
  });

  it('is none of a hash that cannot be read or costs too much', async () => {
    const hash = await hashPassword(new Secret('x'));
    for (const other of [
      '',
      'scrypt',
      hash.slice(0, -1),
      hash.replace('32768', '4194304'),
      hash.replace('32768', '3'),
    ])
      expect(await isPassword(new Secret('x'), other)).toBe(false);
  });
});

describe('The limit of logins', () => {
  it('lets an address wait longer each time, and another one try', () => {
    const { limit, timers } = aLimit();
    const waits = Array.from({ length: 14 }, () => {
      limit.wasWrong('a');
      const wait = limit.waitMs('a') / 1000;
      expect(limit.waitMs('b')).toBe(0);
      timers.advance(3_600_000);
      return wait;
    });
    expect(waits).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    limit.wasRight('a');
    limit.wasWrong('a');
    expect(limit.waitMs('a')).toBe(0);
  });

  it('holds for all addresses together', () => {
    const { limit, timers } = aLimit();
    for (let number = 0; number < 30; number++) {
      expect(limit.waitMs(`address ${number}`)).toBe(0);
      limit.wasWrong(`address ${number}`);
    }
    expect(limit.waitMs('another')).toBe(600_000);
    timers.advance(600_000);
    expect(limit.waitMs('another')).toBe(0);
  });
});

describe('An address', () => {
  it('of IPv6 is its network: one customer has many', () => {
    const { limit } = aLimit();
    for (let host = 1; host <= 5; host++) limit.wasWrong(`2001:db8:0:7::${host}`);
    expect(limit.waitMs('2001:DB8::7:aaaa:bbbb:cccc:dddd')).toBe(30_000);
    expect(limit.waitMs('2001:db8:0:8::1')).toBe(0);
    for (let count = 0; count < 5; count++) limit.wasWrong('::ffff:192.0.2.1');
    expect([limit.waitMs('192.0.2.1'), limit.waitMs('::ffff:192.0.2.2')]).toEqual([30_000, 0]);
    for (let count = 0; count < 5; count++) limit.wasWrong('fe80::1%eth0');
    expect([limit.waitMs('fe80::2%eth0'), limit.waitMs('::1')]).toEqual([30_000, 0]);
  });

  it('from where someone logged in lately waits for its own wrong ones only', () => {
    const { limit, timers } = aLimit();
    limit.wasRight('owner');
    for (let number = 0; number < 30; number++) limit.wasWrong(`address ${number}`);
    expect([limit.waitMs('owner'), limit.waitMs('another')]).toEqual([0, 600_000]);
    for (let count = 0; count < 5; count++) limit.wasWrong('owner');
    expect(limit.waitMs('owner')).toBe(30_000);
    timers.advance(24 * 3_600_000);
    for (let number = 0; number < 30; number++) limit.wasWrong(`address ${number}`);
    expect(limit.waitMs('owner')).toBe(600_000);
  });
});

describe('Sessions', () => {
  it('are of one cookie, for twelve hours', () => {
    const timers = new ManualTimers();
    const sessions = aDesk(timers);
    const cookie = sessions.open();
    expect(cookie).toMatch(
      /^__Host-slotkeeper-8420=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/,
    );
    const [pair] = cookie.split(';');
    expect(sessions.isOpen(`other=1; ${pair}`)).toBe(true);
    for (const cookies of [
      undefined,
      '',
      '__Host-slotkeeper-8420=',
      `${pair}x`,
      pair?.replace('8420', '8421'),
    ])
      expect(sessions.isOpen(cookies)).toBe(false);
    timers.advance(12 * 3_600_000 - 1);
    expect(sessions.isOpen(pair)).toBe(true);
    timers.advance(1);
    expect(sessions.isOpen(pair)).toBe(false);
  });
});

describe('What a session opened', () => {
  it('ends with it, by hand or by time, and is held no longer than it lasts', () => {
    const timers = new ManualTimers();
    const sessions = aDesk(timers);
    const [one, other, third] = [sessions.open(), sessions.open(), sessions.open()];
    const ended: string[] = [];
    sessions.hold(one, () => ended.push('one'));
    sessions.hold(one, () => ended.push('one again'));
    sessions.hold(other, () => ended.push('other'));
    const letGo = sessions.hold(third, () => ended.push('third'));
    letGo();
    sessions.close(one);
    expect(ended).toEqual(['one', 'one again']);
    timers.advance(12 * 3_600_000 - 1);
    expect([ended.length, timers.waiting]).toEqual([2, 1]);
    timers.advance(1);
    expect([ended.slice(2), timers.waiting]).toEqual([['other'], 0]);
    sessions.hold(one, () => ended.push('late'));
    expect(ended.slice(3)).toEqual(['late']);
  });
});

function aDesk({ nowMs, after }: ManualTimers): Sessions {
  return new Sessions({ port: 8420, isSecure: true, nowMs, after });
}

function aLimit() {
  const timers = new ManualTimers();
  return { timers, limit: new LoginLimit({ nowMs: timers.nowMs }) };
}
