import { z } from 'zod';
import { languageChoices } from './i18n/language.ts';

/** A server of a chain. */
const rpcUrl = z.url({ protocol: /^(?:https?|wss?)$/ }).max(2000);

/** What is paid for gas at most, in gwei (10^9 wei) for a unit; without it what the chain asks. */
const maxFeeGwei = z.number().positive().max(1_000_000).optional();

export const archivistNetworkIds = ['archivist-testnet', 'archivist-devnet'] as const;

/** How blocks come from the practice client: by plain links, or as on the live networks. */
export const exchanges = ['tcp', 'libp2p'] as const;
export type ExchangeName = (typeof exchanges)[number];

/** Which network the node sells on. */
export const networkSettingsSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('practice'),
    /** Which of the two kinds of contracts is practised with; each has a chain of its own. */
    family: z.enum(['direct', 'vault']).default('direct'),
    /** How the node speaks to the practice chain. */
    transport: z.enum(['http', 'ws']).default('http'),
    exchange: z.enum(exchanges).default('tcp'),
    /** How many times faster than real time. */
    speed: z.number().min(0).max(120).default(10),
    /** How the node knows its client: it is told, or both find each other as on the live networks, with exchange libp2p. */
    peers: z.enum(['told', 'dht']).default('told'),
    scenario: z.enum(['demo', 'tour', 'none']).default('tour'),
    /** Decides what the practice client and the rival do. */
    seed: z.int().nonnegative().default(1),
  }),
  z.strictObject({
    kind: z.literal('archivist'),
    id: z.enum(archivistNetworkIds),
    /** Servers of the owner's own choice, asked before those that the network names. */
    rpcUrls: z.array(rpcUrl).max(20).default([]),
    maxFeeGwei,
  }),
  z
    .strictObject({
      kind: z.literal('custom'),
      name: z.string().trim().min(1).max(60).default('Custom network'),
      /** The preferred first. */
      rpcUrls: z.array(rpcUrl).max(20).default([]),
      /** As settings named a single server before. */
      rpcUrl: rpcUrl.optional(),
      /** Without it the server is asked. */
      chainId: z.int().positive().optional(),
      marketplace: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
      /** Without it, and without an ABI, the contract is asked. */
      family: z.enum(['direct', 'vault']).optional(),
      /** A file with the contract's ABI as JSON; without it the built-in one of the family. */
      abiFile: z.string().min(1).optional(),
      /** What that file was when it was accepted, so that another ABI is not taken for it. */
      abiSha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
      deployedAtBlock: z.int().nonnegative().default(0),
      /** Records of the network's first nodes, by which all others are found. */
      bootstrap: z
        .array(
          z
            .string()
            .regex(/^spr:[A-Za-z0-9_-]+$/)
            .max(4000),
        )
        .max(100)
        .default([]),
      maxFeeGwei,
    })
    .refine(({ rpcUrls, rpcUrl }) => rpcUrls.length > 0 || rpcUrl !== undefined, {
      path: ['rpcUrls'],
      error: 'Name at least one RPC server',
    })
    .transform(({ rpcUrl, rpcUrls, ...rest }) => ({
      ...rest,
      rpcUrls: rpcUrl === undefined || rpcUrls.includes(rpcUrl) ? rpcUrls : [rpcUrl, ...rpcUrls],
    })),
]);

/** `HH:MM` */
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'Write it as HH:MM');

const owners = {
  /** Bytes that files of the node and promises together may take; unset: what the disk allows, 20 GB at most. */
  quotaBytes: z.int().positive().optional(),
  /** Slots that are prepared and downloaded at the same time. */
  workers: z.int().min(1).max(32).default(3),
  /** Slots that wait for a worker at most; of more the best are kept. */
  queueCapacity: z.int().min(32).max(65_535).default(128),
  /** What is held is read again to find harm early, at most so many bytes per second. */
  scrubBytesPerSecond: z.int().min(65_536).max(1_073_741_824).default(4_194_304),
  logLevel: z.string().min(1).default('info'),
  /** What one is told of by itself; what costs money is always told. */
  notices: z.enum(['all', 'losses']).default('all'),
  /** What costs nothing waits until they end. */
  quietHours: z.strictObject({ from: timeOfDay, to: timeOfDay }).optional(),
  /** Desktop: started with the session, without a window if wanted. */
  startAtLogin: z.boolean().default(false),
  startHidden: z.boolean().default(true),
  /** Desktop: of what the system shows, as tray and notifications; each window keeps its own. */
  language: z.enum(languageChoices).default('system'),
  /** Desktop: the computer does not fall asleep while slots have to be proven. */
  keepAwake: z.boolean().default(true),
  /** The first steps were taken or passed over: the window does not begin with them any more. */
  onboarded: z.boolean().default(false),
  /** TCP: where other peers fetch what is held. */
  listenPort: z.int().min(1).max(65_535).default(8070),
  /** UDP: where peers look for each other. */
  discoveryPort: z.int().min(1).max(65_535).default(8090),
  /** Whether the router is asked to let others in, by UPnP or NAT-PMP; unset: on the live networks. */
  mapPorts: z.boolean().optional(),
  /** The IPv4 address at which others reach the two ports, where the owner sees to that. */
  announceAddress: z.ipv4().optional(),
  /** Peers that are asked besides those that are found, as multiaddrs. */
  peers: z
    .array(
      z
        .string()
        .regex(/^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/\s]+\/tcp\/\d+(?:\/p2p\/[^/\s]+)?$/)
        .max(500),
    )
    .max(50)
    .default([]),
};

/** How a headless node is reached from other computers; without it from this one only. */
export const accessSchema = z.strictObject({
  /** The address of this computer to listen on, such as `192.168.1.20`; `0.0.0.0` for all. */
  host: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(1).max(65_535),
  /** Names by which browsers may call it, beside its address. */
  names: z.array(z.hostname().max(253)).max(20).default([]),
  /** Made by scrypt, as `main/web/password.ts` writes it. */
  passwordHash: z.string().min(1),
  /** PEM files of a certificate and its key; without them what is sent can be read on the way. */
  tls: z.strictObject({ certFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
});

/** Figures for a monitoring system; off without it. */
const metrics = z
  .strictObject({
    /** Of the token that is asked for; without it only this computer is answered. */
    tokenSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  })
  .optional();

/** What the owner sets. Stored as `settings.json` in the data folder; flags and the environment come before it. */
export const settingsSchema = z.strictObject({
  network: networkSettingsSchema.prefault({ kind: 'practice' }),
  ...owners,
  access: accessSchema.optional(),
  metrics,
});

/** Changes of what can be set without more ado; null takes one out of the file, so that its default counts. */
export const ownersSettings = z.strictObject({
  quotaBytes: owners.quotaBytes.unwrap().nullish(),
  workers: owners.workers.unwrap().nullish(),
  queueCapacity: owners.queueCapacity.unwrap().nullish(),
  scrubBytesPerSecond: owners.scrubBytesPerSecond.unwrap().nullish(),
  logLevel: owners.logLevel.unwrap().nullish(),
  notices: owners.notices.unwrap().nullish(),
  quietHours: owners.quietHours.unwrap().nullish(),
  startAtLogin: owners.startAtLogin.unwrap().nullish(),
  startHidden: owners.startHidden.unwrap().nullish(),
  language: owners.language.unwrap().nullish(),
  keepAwake: owners.keepAwake.unwrap().nullish(),
  onboarded: owners.onboarded.unwrap().nullish(),
  listenPort: owners.listenPort.unwrap().nullish(),
  discoveryPort: owners.discoveryPort.unwrap().nullish(),
  mapPorts: owners.mapPorts.unwrap().nullish(),
  announceAddress: owners.announceAddress.unwrap().nullish(),
  peers: owners.peers.unwrap().nullish(),
});

export type Settings = z.output<typeof settingsSchema>;
export type NetworkSettings = Settings['network'];
export type ArchivistNetworkId = (typeof archivistNetworkIds)[number];
export type AccessSettings = NonNullable<Settings['access']>;
export type MetricsSettings = NonNullable<Settings['metrics']>;
export type OwnersChanges = z.output<typeof ownersSettings>;
