/** libbpf 1.x: the functions in use. Its structs are opaque here; options structs are passed as NULL or as raw bytes. */
import { bind } from './ffi.ts';

export const LIBBPF = ['libbpf.so.1'];

export const libbpf = bind(LIBBPF, {
	libbpf_version_string: ['str'],
	libbpf_set_print: ['ptr', 'ptr'],
	libbpf_find_vmlinux_btf_id: ['int', 'str', 'int'],
	bpf_object__open_file: ['ptr', 'str', 'buf'],
	bpf_object__open_mem: ['ptr', 'buf', 'size', 'buf'],
	bpf_object__load: ['int', 'ptr'],
	bpf_object__btf: ['ptr', 'ptr'],
	btf__raw_data: ['ptr', 'ptr', 'buf'],
	bpf_object__close: ['void', 'ptr'],
	bpf_object__find_map_by_name: ['ptr', 'ptr', 'str'],
	bpf_object__find_program_by_name: ['ptr', 'ptr', 'str'],
	bpf_object__next_program: ['ptr', 'ptr', 'ptr'],
	bpf_map__fd: ['int', 'ptr'],
	bpf_map__set_max_entries: ['int', 'ptr', 'u32'],
	bpf_map__set_inner_map_fd: ['int', 'ptr', 'int'],
	bpf_map__initial_value: ['ptr', 'ptr', 'buf'],
	bpf_program__fd: ['int', 'ptr'],
	bpf_program__name: ['str', 'ptr'],
	bpf_program__set_autoload: ['int', 'ptr', 'bool'],
	bpf_program__attach: ['ptr', 'ptr'],
	bpf_link__destroy: ['int', 'ptr'],
	bpf_map_create: ['int', 'int', 'str', 'u32', 'u32', 'u32', 'buf'],
	bpf_map_update_elem: ['int', 'int', 'buf', 'buf', 'size'],
	bpf_map_lookup_batch: ['int', 'int', 'buf', 'buf', 'buf', 'buf', 'buf', 'buf'],
	bpf_map__set_autocreate: ['int', 'ptr', 'bool'],
	bpf_obj_get_info_by_fd: ['int', 'int', 'buf', 'buf'],
	bpf_prog_load: ['int', 'int', 'str', 'str', 'buf', 'size', 'buf'],
	bpf_prog_test_run_opts: ['int', 'int', 'buf'],
	bpf_link_create: ['int', 'int', 'int', 'int', 'buf'],
	bpf_raw_tracepoint_open: ['int', 'str', 'int'],
});
