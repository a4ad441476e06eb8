import { z } from 'zod';
import { exchanges } from '../../shared/settings.ts';
import { familyOf } from '../engine/contracts/family.ts';
import { isHex32, hex32, type RequestId } from '../engine/contracts/ids.ts';
import { Secret } from '../engine/lib/secret.ts';
import { logLevels } from '../engine/logger.ts';
import { peerAddressSchema } from '../engine/network/peeraddress.ts';
import { contractsSchema, deploymentOf, PERIOD_SECONDS } from './deployment.ts';
import type { PracticeErrorCode } from './errors.ts';
import { PracticeError } from './errors.ts';
import type { PracticeInfo } from './practice.ts';
import { requestWishesSchema, scenarioNames } from './scenario.ts';

/** What the parent tells the daemon. Each call is answered by `done` or `refused` with its id. */
export const orderSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('start'),
    folder: z.string().min(1),
    family: z.enum(['direct', 'vault']),
    exchange: z.enum(exchanges),
    peers: z.enum(['told', 'dht']),
    scenario: z.enum(scenarioNames),
    speed: z.number(),
    seed: z.number(),
  }),
  z.strictObject({ type: z.literal('setSpeed'), id: z.int(), speed: z.number() }),
  z.strictObject({ type: z.literal('postRequest'), id: z.int(), params: requestWishesSchema }),
  z.strictObject({ type: z.literal('stop') }),
]);
export type Order = z.output<typeof orderSchema>;

const failureSchema = z.strictObject({ code: z.string(), message: z.string(), details: z.looseObject({}) });
export type Failure = z.output<typeof failureSchema>;

const infoSchema = z.strictObject({
  rpcUrl: z.url(),
  wsUrl: z.url(),
  contracts: contractsSchema,
  hostKey: z.string().refine(isHex32),
  peers: z.array(peerAddressSchema),
  bootstrap: z.array(z.string()),
});

/** What the daemon tells the parent. */
export const reportSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), info: infoSchema }),
  z.strictObject({ type: z.literal('done'), id: z.int(), requestId: z.string().refine(isHex32).optional() }),
  z.strictObject({ type: z.literal('refused'), id: z.int(), failure: failureSchema }),
  z.strictObject({ type: z.literal('failed'), failure: failureSchema }),
  z.strictObject({
    type: z.literal('log'),
    level: z.enum(logLevels),
    topics: z.array(z.string()),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()),
  }),
]);
export type Report = z.output<typeof reportSchema>;
type WireInfo = z.output<typeof infoSchema>;

/** The key crosses as text, over the channel between the two processes and nowhere else. */
export function wireInfo({
  rpcUrl,
  wsUrl,
  deployment,
  token,
  hostKey,
  peers,
  bootstrap,
}: PracticeInfo): WireInfo {
  const { marketplace, deployedAtBlock, abi } = deployment;
  return {
    rpcUrl,
    wsUrl,
    contracts: { family: familyOf(abi), marketplace, token, deployedAtBlock },
    hostKey: hostKey.reveal(),
    peers: [...peers],
    bootstrap: [...bootstrap],
  };
}

/** Both sides have the same contracts built in, so that only addresses cross. */
export function infoFromWire({
  rpcUrl,
  wsUrl,
  contracts,
  hostKey,
  peers,
  bootstrap,
}: WireInfo): PracticeInfo {
  return {
    rpcUrl,
    wsUrl,
    deployment: deploymentOf(contracts),
    token: contracts.token,
    hostKey: new Secret(hostKey),
    peers,
    bootstrap,
    periodSeconds: PERIOD_SECONDS,
  };
}

export const requestIdFromWire = (text: string | undefined): RequestId => hex32<RequestId>(text ?? '');

export function wireFailure(error: unknown): Failure {
  if (error instanceof PracticeError)
    return { code: error.code, message: error.message, details: { ...error.details } };
  return {
    code: 'CHAIN_FAILED',
    message: error instanceof Error ? error.message : String(error),
    details: {},
  };
}

export function failureFromWire({ code, message, details }: Failure): PracticeError {
  return new PracticeError(code as PracticeErrorCode, message, details);
}
