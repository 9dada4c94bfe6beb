/** What to do about drop reasons that are no cause of their own in the table of causes (src/diagnose/causes.ts): where to look. */

export type Advice = readonly [en: string, zh: string];

export const REASON_ADVICE: Readonly<Record<string, Advice>> = {
	ARP_PVLAN_DISABLE: [
		'if it is to go back where it came from: sysctl -w net.ipv4.conf.{device}.proxy_arp_pvlan=1',
		'若需从原接口发回:sysctl -w net.ipv4.conf.{device}.proxy_arp_pvlan=1',
	],
	DUP_FRAG: ['look for a loop or a mirrored port on the way: each fragment came twice', '排查沿途环路或端口镜像:分片重复到达'],
	FULL_RING: [
		'the reader of the ring is too slow: a larger ring (packet socket, tun queue), or more of them',
		'环形缓冲的读者过慢:增大环(packet 套接字、tun 队列)或增加数量',
	],
	ICMP_CSUM: ['look: nstat -az IcmpInCsumErrors; who changes packets on the way', '查看:nstat -az IcmpInCsumErrors;沿途谁修改了报文'],
	IPV6_NDISC_HOP_LIMIT: [
		'neighbour discovery must come from the same link: somebody forged it, or forwards it',
		'邻居发现必须来自同一链路:可能被伪造或转发',
	],
	LOCAL_MAC: [
		'somebody else uses the MAC address of this machine: look for a loop or a copied address',
		'有其他主机使用本机 MAC 地址:排查环路或重复地址',
	],
	MAC_INVALID_SOURCE: [
		'the sender has a MAC address that cannot be a source: look at its driver, or bridge',
		'发送方的源 MAC 地址不合法:检查其驱动或网桥',
	],
	NOMEM: [
		'look: free -m; dmesg; /proc/net/sockstat; sysctl net.ipv4.tcp_mem vm.min_free_kbytes',
		'查看:free -m;dmesg;/proc/net/sockstat;sysctl net.ipv4.tcp_mem vm.min_free_kbytes',
	],
	PACKET_SOCK_ERROR: ['look at the process with the packet socket: ss -0p', '查看使用 packet 套接字的进程:ss -0p'],
	PFMEMALLOC: [
		'the machine is short of memory, and keeps it for swapping: free -m; sysctl vm.min_free_kbytes',
		'内存不足,已为换页保留:free -m;sysctl vm.min_free_kbytes',
	],
	RECURSION_LIMIT: ['devices are stacked in a circle, or too deep: ip -d link show', '设备叠加成环或层数过深:ip -d link show'],
	SKB_BAD_GSO: [
		'look: ethtool -k {device}; a driver or guest hands over segments that cannot be',
		'查看:ethtool -k {device};驱动或虚拟机交付了非法的分段',
	],
	SKB_GSO_SEG: [
		'look: ethtool -k {device}; try ethtool -K {device} gso off tso off',
		'查看:ethtool -k {device};可尝试 ethtool -K {device} gso off tso off',
	],
	TAP_TXFILTER: [
		'look at the filter of the tap device: ip -d link show dev {device}',
		'查看 tap 设备的过滤器:ip -d link show dev {device}',
	],
	TCP_ABORT_ON_DATA: [
		'data came behind the close of its process: look at the protocol of the application',
		'进程关闭后仍有数据到达:检查应用协议',
	],
	TCP_FLAGS: [
		'flags that do not go together, or data for a connection that cannot take it: look at the sender',
		'标志组合不合法,或连接不能接收数据:检查发送方',
	],
	TCP_INVALID_SYN: [
		'a SYN inside of a connection: a client that was restarted with the same port, or a forgery',
		'连接内出现 SYN:客户端以相同端口重启,或伪造',
	],
	TCP_MD5FAILURE: [
		'the keys of the two ends differ: BGP and its like; nstat -az TcpExtTCPMD5Failure',
		'两端密钥不一致(如 BGP):nstat -az TcpExtTCPMD5Failure',
	],
	TCP_MD5NOTFOUND: ['this end wants an MD5 signature, and the other sends none', '本端要求 MD5 签名,对端未发送'],
	TCP_MD5UNEXPECTED: ['the other end signs with MD5, and this one knows no key', '对端使用 MD5 签名,本端没有密钥'],
	TCP_MINTTL: [
		'its TTL is below IP_MINTTL of the socket: it came from further away than is allowed (GTSM)',
		'TTL 低于套接字的 IP_MINTTL:来源比允许的更远(GTSM)',
	],
	TCP_RESET: ['the connection was reset by the other end', '连接被对端重置'],
};

export const reasonAdvice = (reason: string): Advice | undefined =>
	Object.hasOwn(REASON_ADVICE, reason) ? REASON_ADVICE[reason] : undefined;
