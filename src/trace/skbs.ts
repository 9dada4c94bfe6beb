/** The skbs of a packet, by their keys. Nearly all packets are one, for which a Map costs more than all else that is known of it. */
const NONE = -1;

export class Skbs<T> {
	private key = NONE;
	private value: T | undefined = undefined;
	private others: Map<number, T> | undefined = undefined;

	get empty(): boolean {
		return this.key === NONE && (this.others === undefined || this.others.size === 0);
	}

	/** @param key whole, and not -1 */
	get(key: number): T | undefined {
		return key === this.key ? this.value : this.others?.get(key);
	}

	set(key: number, value: T): void {
		if (key === this.key || (this.key === NONE && !this.others?.has(key))) {
			this.key = key;
			this.value = value;
		} else {
			this.others ??= new Map();
			this.others.set(key, value);
		}
	}

	delete(key: number): void {
		if (key === this.key) {
			this.key = NONE;
			this.value = undefined;
		} else this.others?.delete(key);
	}

	*values(): IterableIterator<T> {
		if (this.key !== NONE) yield this.value as T;
		if (this.others !== undefined) yield* this.others.values();
	}
}
