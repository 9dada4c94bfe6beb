/** A control group of the test's own, to open sockets in. */
import { appendFileSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupRoot } from '../../src/kernel/cgroups.ts';

/** Where version 2 stands alone; beside version 1 the group may be somebody else's to arrange. */
const ROOT = '/sys/fs/cgroup';

export class ControlGroup {
	/** why there is none */
	readonly missing: string | undefined;
	/** below the root of the hierarchy */
	readonly path: string;
	private readonly own: string;

	/** @param name of it, below that of this process */
	constructor(name: string) {
		this.own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'latin1'))?.[1] ?? '/';
		this.path = join(this.own, name);
		if (cgroupRoot() !== ROOT) {
			this.missing = 'control groups are not of version 2 alone here';
			return;
		}
		try {
			mkdirSync(join(ROOT, this.path));
			process.on('exit', () => rmdirSync(join(ROOT, this.path)));
		} catch (error) {
			this.missing = (error as Error).message;
		}
	}

	/** Does `work` as a member of the group; as a member of none but the usual one where there is none. */
	inside<T>(work: () => T): T {
		if (this.missing) return work();
		const join_ = (path: string) => appendFileSync(join(ROOT, path, 'cgroup.procs'), String(process.pid));
		join_(this.path);
		try {
			return work();
		} finally {
			join_(this.own);
		}
	}
}

export const GROUP = new ControlGroup(`nt-${process.pid}`);
