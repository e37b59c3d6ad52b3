import type { Binding } from '../envelope/index.ts';
import { defaultDataKeyCache } from '../infra/data-key-cache.ts';
import { formatTable } from '../local/format.ts';
import { CachingKeyring } from '../operations/caching-keyring.ts';
import { openToBuffer } from '../operations/open-object.ts';
import { sealDrop } from '../operations/seal-drop.ts';
import { createWorld, sealedBucket } from '../test/support/world.ts';

// How often KMS is asked for a data key while 10,000 small objects are sealed, with and without the seal function's
// cache at its default limits. The objects are sealed for good, in memory and in one copy of the function; the clock
// stands for the pace at which they come. The last object of each run is opened again.

const objects = 10_000;
const vaultId = 'bench';

const runs: { binding: Binding; isCached: boolean; perSecond: number }[] = [
  { binding: 'object', isCached: true, perSecond: 10 },
  { binding: 'vault', isCached: false, perSecond: 10 },
  { binding: 'vault', isCached: true, perSecond: 100 },
  { binding: 'vault', isCached: true, perSecond: 10 },
  { binding: 'vault', isCached: true, perSecond: 1 },
  { binding: 'vault', isCached: true, perSecond: 0.1 },
];

const rows = [];
for (const run of runs) {
  const calls = await countCalls(run);
  const cache = !run.isCached ? 'none' : run.binding === 'object' ? 'no effect' : 'default';
  rows.push([run.binding, cache, `${run.perSecond}/s`, String(calls), (calls / objects).toFixed(4)]);
}
console.log(
  formatTable([['binding', 'cache', 'objects', 'GenerateDataKey', 'per object'], ...rows], [2, 3, 4]),
);

async function countCalls({ binding, isCached, perSecond }: (typeof runs)[number]): Promise<number> {
  const { kms, keyArn, keyring: inner, store, drop, options } = createWorld();
  const clock = { now: 0 };
  const keyring = isCached
    ? new CachingKeyring({
        keyring: inner,
        keyId: keyArn,
        sealing: defaultDataKeyCache,
        now: () => clock.now,
      })
    : inner;
  const vault = { vaultId, binding };
  for (let index = 0; index < objects; index += 1) {
    clock.now += 1000 / perSecond;
    const dropped = drop(`object-${index}`, Buffer.alloc(1_000, index));
    const outcome = await sealDrop(dropped, { ...options, keyring, vault, sealedPrefix: '' });
    if (outcome.status !== 'sealed') throw new Error(`not sealed but ${outcome.status}`);
  }
  const calls = kms.calls.filter(({ action }) => action === 'GenerateDataKey').length;
  const last = { bucket: sealedBucket, key: `object-${objects - 1}` };
  const { content } = await openToBuffer(last, { store, keyring: inner, vault });
  if (content.length !== 1_000) throw new Error(`opened to ${content.length} bytes`);
  return calls;
}
