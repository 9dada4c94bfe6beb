/** All trace points, by group. To add one, add a line to the table of its layer. */
import { LINK } from './link.ts';
import { IP, NETFILTER } from './network.ts';
import type { Point, PointGroup } from './point.ts';
import { TRANSPORT } from './transport.ts';

export const CATALOGUE: readonly PointGroup[] = [...LINK, ...NETFILTER, ...IP, ...TRANSPORT];

const names = (groups: readonly PointGroup[]): string[] => groups.map(({ name }) => name);
const TCP = ['tcp-in', 'tcp-out'];
const UDP = ['udp-in', 'udp-out'];

/** Names for several groups at once. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
	all: names(CATALOGUE),
	link: names(LINK),
	ip: names(IP),
	tcp: TCP,
	udp: UDP,
	transport: names(TRANSPORT).filter((name) => name !== 'life'),
};

export const POINTS: readonly Point[] = CATALOGUE.flatMap(({ points }) => points);
