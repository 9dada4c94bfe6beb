/** The doctor's hands are clean: what it makes in the kernel is gone when it has answered. */
import assert from 'node:assert/strict';
import { closeSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { libbpf } from '../../src/bpf/libbpf.ts';
import { examine } from '../../src/doctor/examine.ts';
import { missing } from '../cli/requirements.ts';
import { kernelObjects, leftBehind } from './kernel-objects.ts';

const descriptors = () => readdirSync('/proc/self/fd').length;
const netns = () => statSync('/proc/thread-self/ns/net').ino;
/** Others may come and go meanwhile; securityfs is what the doctor looks into. */
const mounts = () => readFileSync('/proc/self/mounts', 'latin1').match(/^.* securityfs .*$/gm) ?? [];

describe('what the doctor leaves behind', { skip: missing(['root']) }, () => {
	test('the walk finds a map that is left', async () => {
		const before = kernelObjects();
		const fd = libbpf.bpf_map_create(2, 'left', 4, 8, 1, null);
		assert.ok(fd >= 0);
		const left = await leftBehind(before, 0);
		closeSync(fd);
		assert.equal(left.length, 1);
		assert.match(left[0] ?? '', /^map \d+$/);
		assert.deepEqual(await leftBehind(before), []);
	});

	test('no program, map or link', async () => {
		const before = kernelObjects();
		examine();
		assert.deepEqual(await leftBehind(before), []);
	});

	test('no descriptor, no mount, and this process where it was', () => {
		// what is kept after the first use, such as libraries, the test before has opened
		const before = { descriptors: descriptors(), netns: netns(), mounts: mounts() };
		examine();
		assert.deepEqual({ descriptors: descriptors(), netns: netns(), mounts: mounts() }, before);
	});
});
