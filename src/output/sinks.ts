/** The formats: one entry each. */

import { CaptureSink } from './capture.ts';
import type { Colours } from './colour.ts';
import { ColumnSink } from './columns.ts';
import { JsonSink } from './json.ts';
import type { Sink } from './sink.ts';
import { TableSink } from './table.ts';
import { LineSink } from './text.ts';
import { type WayOptions, WaySink } from './way.ts';
import type { Writer } from './writer.ts';

export interface SinkContext {
	writer: Writer;
	/** inode of this process's network namespace */
	ownNetns: number;
	colour: () => Promise<Colours>;
	/** how packets' ways are shown */
	way?: Partial<Omit<WayOptions, 'own' | 'colour'>>;
	/** bytes of each packet in a file of packets; other formats have none */
	snapLength?: number;
}

export const SINKS = {
	json: async ({ writer, way }: SinkContext): Promise<Sink> => new JsonSink(writer, way?.tiny),
	lines: async ({ writer, ownNetns, colour }: SinkContext): Promise<Sink> => new LineSink(writer, ownNetns, await colour()),
	columns: async ({ writer, ownNetns, colour }: SinkContext): Promise<Sink> => new ColumnSink(writer, ownNetns, await colour()),
	table: async ({ writer, ownNetns, colour }: SinkContext): Promise<Sink> => {
		const { default: Table } = await import('cli-table3');
		const screen = () => ({ columns: process.stdout.columns || 120, rows: process.stdout.rows || 24 });
		return new TableSink(writer, ownNetns, await colour(), Table, screen);
	},
	way: async ({ writer, ownNetns: own, colour, way }: SinkContext): Promise<Sink> =>
		new WaySink(writer, {
			detail: false,
			date: false,
			latency: false,
			tiny: false,
			endsUnseen: false,
			...way,
			own,
			colour: await colour(),
		}),
	pcapng: async ({ writer, snapLength = 65_535 }: SinkContext): Promise<Sink> => new CaptureSink(writer, snapLength),
} as const;

export type SinkName = keyof typeof SINKS;
