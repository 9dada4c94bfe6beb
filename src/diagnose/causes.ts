/** Everything that a packet can die of, the special before the general: one entry each. */
import type { Cause } from './cause.ts';
import { DEVICE } from './causes/device.ts';
import { IP } from './causes/ip.ts';
import { NETFILTER } from './causes/netfilter.ts';
import { ROUTE } from './causes/route.ts';
import { SOCKET } from './causes/socket.ts';

export const CAUSES: readonly Cause[] = [...NETFILTER, ...ROUTE, ...IP, ...DEVICE, ...SOCKET];
