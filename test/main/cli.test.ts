import { describe, expect, it } from 'vitest';
import { defaultDataDir, readCommandLine, usage, UsageError } from '../../src/main/cli.ts';

const problemOf = (...args: string[]): string => {
  try {
    readCommandLine(args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return expect.fail(`"${args.join(' ')}" was taken`);
};

describe('The command line of a node', () => {
  it('means the data folder of this system and any free port when it says nothing', () => {
    expect(readCommandLine([])).toEqual({
      dataDir: defaultDataDir(),
      isDataNamed: false,
      port: 0,
      demo: false,
      exitAfterPayout: false,
      json: false,
      help: false,
      version: false,
    });
  });

  it('takes every flag, with a space or an equals sign', () => {
    const args = ['--data', '/d', '--port=81', '--quota', '5000', '--workers=2', '--log-level', 'debug'];
    const practice = ['--family', 'vault', '--transport=ws', '--speed', '0.5', '--scenario=none', '--seed=7'];
    expect(readCommandLine([...args, ...practice])).toMatchObject({
      dataDir: '/d',
      isDataNamed: true,
      port: 81,
      quotaBytes: 5000,
      workers: 2,
      logLevel: 'debug',
      family: 'vault',
      transport: 'ws',
      speed: 0.5,
      scenario: 'none',
      seed: 7,
    });
    const peers = [
      '--listen-port=5',
      '--discovery-port',
      '6',
      '--map-ports=no',
      '--announce-address=203.0.113.7',
    ];
    expect(readCommandLine([...peers, '--peers=dht'])).toMatchObject({
      listenPort: 5,
      discoveryPort: 6,
      mapPorts: false,
      announceAddress: '203.0.113.7',
      peers: 'dht',
    });
  });

  it('takes the flags of the demo only together with it', () => {
    const args = ['--demo', '--exit-after-payout', '--json'];
    expect(readCommandLine(args)).toMatchObject({ demo: true, exitAfterPayout: true, json: true });
    expect(problemOf('--json')).toContain('belong to --demo');
  });

  it('says what was meant, when a flag is unknown', () => {
    expect(problemOf('--prot', '1')).toMatch(/'--prot'\. Did you mean --port\? Run with --help/);
  });

  it.each([
    [['--port'], '--port'],
    [['--port', '70000'], 'from 0 to 65535'],
    [['--port', '1.5'], 'a whole number'],
    [['--listen-port', '0'], 'a whole number from 1 to 65535'],
    [['--map-ports', 'maybe'], 'one of yes, no'],
    [['--speed', ''], 'a number from 0 to 120'],
    [['--scenario', 'party'], 'one of demo, tour, none, not "party"'],
    [['--family', 'Vault'], 'one of direct, vault'],
    [['sell'], 'oo many arguments'],
  ])('refuses %j', (args, problem) => {
    expect(problemOf(...args)).toContain(problem);
  });

  it('can be asked for, and lists every flag', () => {
    expect(readCommandLine(['-h'])).toMatchObject({ help: true });
    expect(readCommandLine(['--version'])).toMatchObject({ version: true });
    for (const flag of ['--data', '--family', '--transport', '--exit-after-payout', '--version']) {
      expect(usage()).toContain(flag);
    }
  });
});
