import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bind, cString, errno, libraryPresent, view } from '../../src/bpf/ffi.ts';
import { configuredCpus, pageSize } from '../../src/bpf/libc.ts';

const LIBC = ['libc.so.6'];

describe('a library', () => {
	it('is the first that can be loaded', () => {
		const { getpid } = bind(['libnosuch.so.9', ...LIBC], { getpid: ['int'] });
		assert.equal(getpid(), process.pid);
		assert.equal(getpid(), process.pid, 'and again');
	});

	it('is not looked for before it is needed', () => {
		const { nothing } = bind(['libnosuch.so.9'], { nothing: ['int'] });
		assert.throws(() => nothing(), { code: 'library-missing', exit: 3, message: /^cannot load libnosuch\.so\.9: install libbpf/ });
	});

	it('that lacks a function is told by the function', () => {
		const bound = bind(LIBC, { getpid: ['int'], no_such_function: ['int'] });
		assert.throws(() => bound.no_such_function(), { code: 'library-missing', message: /libc\.so\.6 with no_such_function\(\)/ });
		assert.equal(bound.getpid(), process.pid);
	});

	it('is known to be there or not', () => {
		assert.equal(libraryPresent(LIBC), true);
		assert.equal(libraryPresent(['libnosuch.so.9', 'libc.so.6']), true);
		assert.equal(libraryPresent(['libnosuch.so.9']), false);
		assert.equal(libraryPresent([]), false);
	});
});

describe('a foreign call', () => {
	const libc = bind(LIBC, {
		close: ['int', 'int'],
		strlen: ['size', 'str'],
		strdup: ['ptr', 'str'],
		free: ['void', 'ptr'],
		memset: ['ptr', 'buf', 'int', 'size'],
		getenv: ['str', 'str'],
	});

	it('takes and gives numbers, text, memory and NULL', () => {
		assert.equal(libc.strlen('åbc'), 4);
		const bytes = new Uint8Array(8);
		libc.memset(bytes.subarray(2, 6), 7, 4);
		assert.deepEqual([...bytes], [0, 0, 7, 7, 7, 7, 0, 0]);
		assert.equal(libc.getenv('NO_SUCH_VARIABLE'), null);
		assert.equal(libc.getenv('PATH'), process.env.PATH);
	});

	it('gives memory that can be looked at', () => {
		const address = libc.strdup('foreign') ?? assert.fail('no memory');
		assert.equal(cString(address), 'foreign');
		const bytes = new Uint8Array(view(address, 7));
		assert.equal(Buffer.from(bytes).toString(), 'foreign');
		bytes[0] = 'F'.charCodeAt(0);
		assert.equal(cString(address), 'Foreign', 'a view is no copy');
		libc.free(address);
	});

	it('leaves its errno', () => {
		assert.equal(libc.close(-1), -1);
		assert.equal(errno(), 9);
	});
});

it('the machine has pages and CPUs', () => {
	assert.ok(pageSize() >= 4096 && Math.log2(pageSize()) % 1 === 0);
	assert.ok(configuredCpus() >= 1);
});
