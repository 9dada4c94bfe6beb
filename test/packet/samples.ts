import { IPV4_SAMPLES } from './samples-ipv4.ts';
import { IPV6_SAMPLES } from './samples-ipv6.ts';
import { LINK_SAMPLES } from './samples-link.ts';

export const SAMPLES = [...IPV4_SAMPLES, ...IPV6_SAMPLES, ...LINK_SAMPLES];
