// The official TypeScript SDK, unmodified, against a running node. Arguments: REST, faucet and indexer base URLs, the
// address of a deployed `counter` package. Prints one line per step; the last is `sdk: ok`. Any surprise throws.

import assert from "node:assert/strict";
import {
  Account,
  Aptos,
  AptosConfig,
  Ed25519PrivateKey,
  MultiKey,
  MultiKeyAccount,
  Network,
  Secp256k1PrivateKey,
  SingleKeyAccount,
  AnyPublicKey,
} from "@aptos-labs/ts-sdk";

const [rest, faucet, indexer, counter] = process.argv.slice(2);
const config = new AptosConfig({ network: Network.CUSTOM, fullnode: rest, faucet, indexer });
const aptos = new Aptos(config);
const COIN = 100_000_000;
const step = (text) => console.log(`sdk: ${text}`);

async function send(signer, transaction) {
  const pending = await aptos.signAndSubmitTransaction({ signer, transaction });
  return aptos.waitForTransaction({ transactionHash: pending.hash });
}

// Accounts and the faucet.
const alice = Account.generate();
const bob = Account.generate();
await aptos.fundAccount({ accountAddress: alice.accountAddress, amount: 10 * COIN });
assert.equal(await aptos.getAccountAPTAmount({ accountAddress: alice.accountAddress }), 10 * COIN);
step("created and funded an account through the faucet");

// A transfer to an account never seen.
const transfer = await aptos.transferCoinTransaction({
  sender: alice.accountAddress,
  recipient: bob.accountAddress,
  amount: COIN,
});
const transferred = await send(alice, transfer);
assert.equal(transferred.success, true);
assert.equal(await aptos.getAccountAPTAmount({ accountAddress: bob.accountAddress }), COIN);
const spent = BigInt(transferred.gas_used) * BigInt(transferred.gas_unit_price);
assert.equal(
  BigInt(await aptos.getAccountAPTAmount({ accountAddress: alice.accountAddress })),
  9n * BigInt(COIN) - spent,
);
step("transferred; balances agree to the unit");

// An entry function whose ABI the SDK fetches from the node.
const call = await aptos.transaction.build.simple({
  sender: alice.accountAddress,
  data: { function: `${counter}::counter::increment`, functionArguments: [] },
});
const [simulated] = await aptos.transaction.simulate.simple({
  signerPublicKey: alice.publicKey,
  transaction: call,
  options: { estimateGasUnitPrice: true, estimateMaxGasAmount: true, estimatePrioritizedGasUnitPrice: false },
});
assert.equal(simulated.success, true, simulated.vm_status);
const called = await send(alice, call);
assert.equal(called.success, true);
assert.equal(simulated.gas_used, called.gas_used);
step("simulated and called an entry function; gas as simulated");

// Views, by BCS with the ABI and by JSON.
const [value] = await aptos.view({
  payload: { function: `${counter}::counter::count`, functionArguments: [alice.accountAddress] },
});
assert.equal(value, "1");
const [again] = await aptos.viewJson({
  payload: { function: `${counter}::counter::count`, functionArguments: [alice.accountAddress.toString()] },
});
assert.equal(again, "1");
step("viewed, by BCS and by JSON");

// Resources, modules, account information.
const resource = await aptos.getAccountResource({
  accountAddress: alice.accountAddress,
  resourceType: `${counter}::counter::Counter`,
});
assert.equal(resource.count, "1");
const resources = await aptos.getAccountResources({ accountAddress: alice.accountAddress });
assert.ok(resources.some((r) => r.type === "0x1::account::Account"));
const info = await aptos.getAccountInfo({ accountAddress: alice.accountAddress });
assert.equal(info.sequence_number, "2");
const module = await aptos.getAccountModule({ accountAddress: counter, moduleName: "counter" });
assert.ok(module.abi.exposed_functions.some((f) => f.name === "increment" && f.is_entry));
step("read resources, a module and account information");

// A failure is committed, costs gas, and says why.
const broke = await aptos.transferCoinTransaction({
  sender: bob.accountAddress,
  recipient: alice.accountAddress,
  amount: 1000 * COIN,
  options: { maxGasAmount: 2000 },
});
await assert.rejects(send(bob, broke), /INSUFFICIENT_BALANCE/);
assert.equal((await aptos.getAccountInfo({ accountAddress: bob.accountAddress })).sequence_number, "1");
step("a failed transaction is committed with its reason");

// Multi-agent.
const agents = await aptos.transaction.build.multiAgent({
  sender: alice.accountAddress,
  secondarySignerAddresses: [bob.accountAddress],
  data: { function: `${counter}::counter::increment_both`, functionArguments: [] },
});
const agentsHash = await aptos.transaction.submit.multiAgent({
  transaction: agents,
  senderAuthenticator: aptos.transaction.sign({ signer: alice, transaction: agents }),
  additionalSignersAuthenticators: [aptos.transaction.sign({ signer: bob, transaction: agents })],
});
assert.equal((await aptos.waitForTransaction({ transactionHash: agentsHash.hash })).success, true);
const [both] = await aptos.view({
  payload: { function: `${counter}::counter::count`, functionArguments: [bob.accountAddress] },
});
assert.equal(both, "1");
step("multi-agent");

// A fee payer pays for an account that has nothing.
const poor = Account.generate();
const sponsored = await aptos.transaction.build.simple({
  sender: poor.accountAddress,
  withFeePayer: true,
  data: { function: `${counter}::counter::increment`, functionArguments: [] },
});
const sponsoredHash = await aptos.transaction.submit.simple({
  transaction: sponsored,
  senderAuthenticator: aptos.transaction.sign({ signer: poor, transaction: sponsored }),
  feePayerAuthenticator: aptos.transaction.signAsFeePayer({ signer: alice, transaction: sponsored }),
});
assert.equal((await aptos.waitForTransaction({ transactionHash: sponsoredHash.hash })).success, true);
assert.equal(await aptos.getAccountAPTAmount({ accountAddress: poor.accountAddress }), 0);
step("fee payer");

// The other kinds of keys.
const single = SingleKeyAccount.generate();
const secp = new SingleKeyAccount({ privateKey: Secp256k1PrivateKey.generate() });
const first = new Ed25519PrivateKey(Ed25519PrivateKey.generate().toUint8Array());
const second = Secp256k1PrivateKey.generate();
const multi = new MultiKeyAccount({
  multiKey: new MultiKey({
    publicKeys: [new AnyPublicKey(first.publicKey()), new AnyPublicKey(second.publicKey())],
    signaturesRequired: 1,
  }),
  signers: [new SingleKeyAccount({ privateKey: second })],
});
for (const account of [single, secp, multi]) {
  await aptos.fundAccount({ accountAddress: account.accountAddress, amount: 3 * COIN });
  const done = await send(
    account,
    await aptos.transferCoinTransaction({ sender: account.accountAddress, recipient: alice.accountAddress, amount: 7 }),
  );
  assert.equal(done.success, true);
}
step("single-key ed25519, single-key secp256k1 and multi-key accounts");

// Lists.
const mine = await aptos.getAccountTransactions({ accountAddress: alice.accountAddress });
assert.ok(mine.length >= 3);
const block = await aptos.getBlockByVersion({ ledgerVersion: Number(called.version), options: { withTransactions: true } });
assert.ok(block.transactions.some((t) => t.hash === called.hash));
const ledger = await aptos.getLedgerInfo();
assert.equal(ledger.chain_id, 4);
step("transactions, blocks and ledger information");
console.log("sdk: ok");
