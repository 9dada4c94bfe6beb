/**
 * The handle of a rule of nftables, from the kernel's memory. What decides over a packet is an expression inside of its rule, which
 * begins with one word that holds the handle and the length of what follows: struct nft_rule_dp (include/net/netfilter/nf_tables.h,
 * since 5.17). Going back from the expression, the word is found that is such a beginning.
 */
import { type Btf, KIND, type Member } from '../../bpf/btf.ts';
import { modules } from '../../kernel/btf.ts';
import type { RuleSeen } from '../../trace/path.ts';

/** Where the parts of the word are, as the running kernel's module says. */
export interface RuleLayout {
	handle: { bit: number; width: number };
	length: { bit: number; width: number };
	last: { bit: number; width: number };
	/** bytes before the first expression */
	head: number;
}

const WORD = 8;
/** An expression begins with the address of its operations, which kernels have in their upper half. */
const KERNEL_HALF = 0xffff_0000;

export function ruleLayout(btf: Btf): RuleLayout | undefined {
	const id = btf.find('nft_rule_dp', KIND.struct);
	const members = id === undefined ? undefined : btf.type(id).members;
	const of = (name: string): Member | undefined => members?.find((member) => member.name === name);
	const [handle, length, last, data] = [of('handle'), of('dlen'), of('is_last'), of('data')];
	if (!handle || !length || !last || !data) return undefined;
	return { handle, length, last, head: data.bit / 8 };
}

let layout: { value: RuleLayout | undefined } | undefined;

/** Of the module that is loaded; the same as long as we run. */
export function layoutHere(): RuleLayout | undefined {
	if (!layout) {
		let value: RuleLayout | undefined;
		for (const [name, btf] of modules()) if (name === 'nf_tables') value = ruleLayout(btf);
		layout = { value };
	}
	return layout.value;
}

/** Handles that the rule around the expression may have, the nearest beginning first: usually one. */
export function handlesIn({ bytes }: Pick<RuleSeen, 'bytes'>, { handle, length, last, head }: RuleLayout): number[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const found: number[] = [];
	for (let at = bytes.byteLength - head; at >= 0; at -= WORD) {
		const word = view.getBigUint64(at, true);
		const part = ({ bit, width }: { bit: number; width: number }): number =>
			Number((word >> BigInt(bit)) & ((1n << BigInt(width || 64)) - 1n));
		const used = [handle, length, last].reduce((mask, { bit, width }) => mask | (((1n << BigInt(width)) - 1n) << BigInt(bit)), 0n);
		// from the first expression to this one, which has its operations at least
		const before = bytes.byteLength - at - head;
		if (word & ~used || part(last) !== 0 || part(handle) === 0) continue;
		if (part(length) % WORD !== 0 || part(length) < before + WORD) continue;
		if (before > 0 && view.getUint32(at + head + 4, true) < KERNEL_HALF) continue;
		found.push(part(handle));
	}
	return found;
}
