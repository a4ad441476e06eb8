#!/usr/bin/env node
// Compiles the contracts of the practice network into resources/contracts/artifacts.json.
//   node scripts/compile-contracts.mjs          compiles when a source, the compiler or a setting has changed
//   node scripts/compile-contracts.mjs --check  compiles nothing; exit code 1 when the artifact is stale
import { createHash } from 'node:crypto';
import { readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'resources/contracts');
const artifactPath = join(folder, 'artifacts.json');
/** By the name under which they are published: the file, and the contract in it. Both families call theirs Marketplace. */
const published = {
  Marketplace: ['direct/Marketplace.sol', 'Marketplace'],
  VaultMarketplace: ['vault/Marketplace.sol', 'Marketplace'],
  Vault: ['vault/Vault.sol', 'Vault'],
  PracticeToken: ['PracticeToken.sol', 'PracticeToken'],
  AcceptingVerifier: ['AcceptingVerifier.sol', 'AcceptingVerifier'],
};

const settings = {
  evmVersion: 'paris',
  optimizer: { enabled: true, runs: 1000 },
  // No trace of the compiling machine in the bytecode.
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
};
/** What a contract may have on the main chain, and on any chain that keeps its rules (EIP-170). */
const maxDeployedBytes = 24_576;

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));

/** A hash over everything the artifact depends on: sources, compiler version, settings. */
export async function sourceHash() {
  const compiler = await compilerVersion();
  const sources = Object.entries(await readSources());
  return createHash('sha256').update(JSON.stringify({ compiler, settings, sources })).digest('hex');
}

async function main([option, ...rest]) {
  if ((option !== undefined && option !== '--check') || rest.length > 0) {
    fail('Usage: node scripts/compile-contracts.mjs [--check]');
  } else if ((await artifactHash()) === (await sourceHash())) {
    console.log('Contracts: up to date');
  } else if (option === '--check') {
    fail('Contracts: resources/contracts/artifacts.json is stale; run `npm run contracts`');
  } else {
    await compile();
  }
}

async function compile() {
  const sources = await readSources();
  const solc = createRequire(import.meta.url)('solc');
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings,
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  if (output.errors?.length > 0) {
    return fail(output.errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
  }

  const contracts = Object.fromEntries(
    Object.entries(published).map(([name, place]) => [name, artifactOf(place, output)]),
  );
  const artifact = { sourceHash: await sourceHash(), compiler: await compilerVersion(), contracts };
  // A reader never sees half a file.
  await writeFile(`${artifactPath}.new`, `${JSON.stringify(artifact, null, 2)}\n`);
  await rename(`${artifactPath}.new`, artifactPath);
  console.log('Contracts: compiled');
}

function artifactOf([file, name], output) {
  const { abi, evm } = output.contracts[file][name];
  const bytes = evm.deployedBytecode.object.length / 2;
  if (bytes > maxDeployedBytes)
    throw new Error(`${name} of ${file} has ${bytes} bytes, allowed are ${maxDeployedBytes}`);
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

/** What both families share, and the folder of each. Named as imports see them, on every system. */
async function readSources() {
  const files = await readdir(folder, { recursive: true });
  const names = files
    .filter((name) => name.endsWith('.sol'))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
  const read = async (name) => [name, (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')];
  return Object.fromEntries(await Promise.all(names.map(read)));
}

async function compilerVersion() {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).devDependencies.solc;
}

async function artifactHash() {
  try {
    return JSON.parse(await readFile(artifactPath, 'utf8')).sourceHash;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
