/**
 * Programs of the section "template" are made ready for this kernel by libbpf and not given to it: what it verifies are the copies that
 * are made of them (src/trace/template.ts). A template with all that some copy may need is ten times as long as a copy.
 */
import { registerCallback, view } from './ffi.ts';
import { libbpf } from './libbpf.ts';
import { EMPTY, PROGRAM_TYPE } from './program.ts';

const SECTION = 'template';
const INSTRUCTION_BYTES = 8;
/** struct libbpf_prog_handler_opts: sz, cookie, prog_setup_fn, prog_prepare_load_fn, prog_attach_fn */
const OPTIONS_BYTES = 40;
const PREPARE_LOAD = 24;
/** struct bpf_prog_load_opts: func_info_cnt, line_info_cnt */
const LOAD_OPTIONS_BYTES = 88;
const COUNTS = [64, 80];

/** by the address of libbpf's struct */
const taken = new Map<bigint, Uint8Array>();
let registered = false;

/** Before an object with templates is loaded. @throws Error when libbpf has no room for the section */
export function registerTemplates(): void {
	if (registered) return;
	const prepare = registerCallback('int (void *program, void *options, long cookie)', (program: bigint, options: bigint) => {
		const count = libbpf.bpf_program__insn_cnt(program);
		const address = libbpf.bpf_program__insns(program);
		if (address === null) return -1;
		taken.set(program, Uint8Array.from(new Uint8Array(view(address, count * INSTRUCTION_BYTES))));
		const load = new DataView(view(options, LOAD_OPTIONS_BYTES));
		// they are about functions and lines that are not there any more
		for (const offset of COUNTS) load.setUint32(offset, 0, true);
		return libbpf.bpf_program__set_insns(program, EMPTY, EMPTY.length / INSTRUCTION_BYTES);
	});
	const given = new DataView(new ArrayBuffer(OPTIONS_BYTES));
	given.setBigUint64(0, BigInt(OPTIONS_BYTES), true);
	given.setBigUint64(PREPARE_LOAD, prepare, true);
	const result = libbpf.libbpf_register_prog_handler(SECTION, PROGRAM_TYPE.rawTracepoint, 0, new Uint8Array(given.buffer));
	if (result < 0) throw new Error(`libbpf takes no section ${SECTION}: ${result}`);
	registered = true;
}

/** What a template consists of, relocated. Given once. @param program libbpf's struct */
export function takeTemplate(program: bigint): Uint8Array | undefined {
	const instructions = taken.get(program);
	taken.delete(program);
	return instructions;
}
