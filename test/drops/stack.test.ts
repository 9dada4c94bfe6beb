import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stackOf } from '../../src/drops/stack.ts';
import { Symbols } from '../../src/kernel/symbols.ts';
import { kallsyms, record } from './record.ts';

const BASE = 0xffffffff81000000n;
const NAMES = [
	'bpf_get_stack',
	'bpf_prog_6deef7357e7b4530_drop [bpf]',
	'__traceiter_kfree_skb',
	'sk_skb_reason_drop',
	'kfree_skb_list_reason',
	'tcp_v4_rcv',
	'ip_protocol_deliver_rcu',
	'ip_local_deliver',
];
const TABLE = Object.fromEntries(NAMES.map((name, i) => [name, BASE + BigInt(i) * 0x100n]));
const at = (name: string, offset = 0x10n) => (TABLE[name] ?? assert.fail(name)) + offset;
const UNKNOWN = 0xffffc90000001234n;

const symbols = new Symbols(kallsyms(TABLE));
const stack = (frames: readonly bigint[], location: bigint) => {
	const { event, stackOffset } = record({ location }, frames);
	return stackOf(event, stackOffset, symbols);
};

const TRACING = [
	at('bpf_get_stack'),
	at('bpf_prog_6deef7357e7b4530_drop [bpf]'),
	UNKNOWN,
	at('__traceiter_kfree_skb'),
	at('sk_skb_reason_drop'),
];
const CALLERS = [at('tcp_v4_rcv', 0x9an), at('ip_protocol_deliver_rcu'), at('ip_local_deliver')];
const TEXT = ['tcp_v4_rcv+0x9a', 'ip_protocol_deliver_rcu+0x10', 'ip_local_deliver+0x10'];

describe('a stack', () => {
	it('begins with the function that dropped', () => {
		assert.deepEqual(stack([...TRACING, ...CALLERS], CALLERS[0] ?? 0n), TEXT);
	});

	it('begins where the tracepoint says, even in a function that frees', () => {
		const frames = [...TRACING, at('kfree_skb_list_reason'), ...CALLERS];
		assert.deepEqual(stack(frames, at('kfree_skb_list_reason')), ['kfree_skb_list_reason+0x10', ...TEXT]);
	});

	it('begins with the first frame that is no tracing, when the tracepoint’s is not on it', () => {
		assert.deepEqual(stack([...TRACING, ...CALLERS], at('tcp_v4_rcv', 1n)), TEXT);
		assert.deepEqual(stack([...TRACING, at('kfree_skb_list_reason'), ...CALLERS], 0n), TEXT);
	});

	it('keeps frames without a name when they are callers', () => {
		assert.deepEqual(stack([...TRACING, CALLERS[0] ?? 0n, UNKNOWN, ...CALLERS.slice(1)], CALLERS[0] ?? 0n), [
			TEXT[0],
			'0xffffc90000001234',
			...TEXT.slice(1),
		]);
	});

	it('is everything there is, when all of it looks like tracing', () => {
		assert.equal(stack(TRACING, 1n).length, TRACING.length);
	});

	it('ends at the first 0', () => {
		assert.deepEqual(stack([], 0n), []);
		assert.deepEqual(stack([...CALLERS.slice(0, 1), 0n, ...CALLERS.slice(1)], 0n), TEXT.slice(0, 1));
	});

	it('has 32 frames at most, and nothing of what lies behind the record', () => {
		const deep = Array.from({ length: 32 }, (_, i) => at('ip_local_deliver', BigInt(i)));
		const found = stack(deep, deep[0] ?? 0n);
		assert.deepEqual([found.length, found.at(-1)], [32, 'ip_local_deliver+0x1f']);
	});

	it('has modules behind their functions', () => {
		const module = new Symbols(kallsyms({ 'nft_do_chain [nf_tables]': BASE }));
		const { event, stackOffset } = record({ location: BASE + 5n }, [BASE + 5n]);
		assert.deepEqual(stackOf(event, stackOffset, module), ['nft_do_chain+0x5 [nf_tables]']);
	});

	it('is addresses when the kernel hides names', () => {
		const { event, stackOffset } = record({ location: BASE }, [BASE, BASE + 16n]);
		assert.deepEqual(stackOf(event, stackOffset, new Symbols(() => Buffer.alloc(0))), ['0xffffffff81000000', '0xffffffff81000010']);
	});
});
