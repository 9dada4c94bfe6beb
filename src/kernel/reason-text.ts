/** What each packet drop reason of the kernel means, in the words of a network operator. */

export interface ReasonText {
	en: string;
	zh: string;
}

/**
 * Every drop reason of Linux 5.17 to 7.2, also those that only some versions have. Core reasons go without their prefix SKB_DROP_REASON_
 * or SKB_, those of subsystems keep the name of their enumerator without leading underscores.
 */
export const REASON_TEXT: Readonly<Record<string, ReasonText>> = {
	// core: include/net/dropreason-core.h, older versions include/net/dropreason.h and include/linux/skbuff.h
	ARP_PVLAN_DISABLE: {
		en: 'a non-IP packet would leave by the interface it came from, and proxy_arp_pvlan is off',
		zh: '非 IP 报文需从入接口转发回去，但未开启 proxy_arp_pvlan',
	},
	BPF_CGROUP_EGRESS: {
		en: 'a BPF program attached to the cgroup of the sender blocked the outgoing packet',
		zh: 'cgroup 上挂载的 BPF 程序拦截了外发数据包',
	},
	BRIDGE_INGRESS_STP_STATE: {
		en: 'the bridge port does not forward in its current spanning tree (STP) state',
		zh: '网桥入端口的 STP 状态不允许转发',
	},
	CAKE_FLOOD: { en: 'the flood protection of the CAKE send queue dropped the packet', zh: '被 CAKE qdisc 的泛洪防护（BLUE 算法）丢弃' },
	CANFD_RX_INVALID_FRAME: {
		en: 'the CAN FD frame is malformed or the interface cannot receive CAN FD',
		zh: '收到的 CAN FD 帧不合规，或设备不支持接收 CAN FD 帧',
	},
	CANXL_RX_INVALID_FRAME: {
		en: 'the CAN XL frame is malformed or the interface cannot receive CAN XL',
		zh: '收到的 CAN XL 帧不合规，或设备不支持接收 CAN XL 帧',
	},
	CAN_RX_INVALID_FRAME: {
		en: 'the CAN frame is malformed or the interface cannot receive CAN',
		zh: '收到的 CAN 帧不合规，或设备不支持接收 CAN 帧',
	},
	CONSUMED: { en: 'the packet was processed normally and then released, this is not a loss', zh: '数据包已正常处理完毕并释放，不属于丢包' },
	CPU_BACKLOG: {
		en: 'the input queue of a CPU is full, the CPU cannot keep up (netdev_max_backlog, RPS flow limit)',
		zh: 'CPU 的接收队列（backlog）已满，参见 netdev_max_backlog 与 RPS 流限制',
	},
	DEV_HDR: {
		en: 'the header or metadata the device driver expects in front of the packet is invalid',
		zh: '设备驱动专用的首部或元数据无效',
	},
	DEV_READY: { en: 'the network interface is down or not ready yet', zh: '网络设备未启动或尚未就绪' },
	DUALPI2_STEP_DROP: {
		en: 'the delay in the low-latency queue of the DualPI2 send queue passed its threshold',
		zh: 'DualPI2 qdisc 低时延队列的排队时延超过阶跃阈值',
	},
	DUP_FRAG: { en: 'the same IP fragment was received twice', zh: '收到重复的 IP 分片' },
	FQ_BAND_LIMIT: {
		en: 'the priority band in the fq send queue has reached its packet limit',
		zh: 'fq qdisc 中该优先级频带的数据包数已达上限',
	},
	FQ_FLOW_LIMIT: { en: 'this flow has too many packets in the fq send queue', zh: '该流在 fq qdisc 中排队的数据包数超过上限' },
	FQ_HORIZON_LIMIT: {
		en: 'the requested send time lies too far in the future for the fq send queue',
		zh: '数据包的预定发送时间过远，超出 fq qdisc 的 horizon',
	},
	FRAG_REASM_TIMEOUT: { en: 'not all fragments of the IP packet arrived in time', zh: 'IP 分片重组超时，分片未在规定时间内到齐' },
	FRAG_TOO_FAR: {
		en: 'too many other fragments arrived in between, see net.ipv4.ipfrag_max_dist',
		zh: 'IPv4 分片间隔过远，超过 ipfrag_max_dist',
	},
	FULL_RING: { en: 'the ring buffer between the interface and its reader is full', zh: '环形缓冲区已满' },
	HDR_TRUNC: { en: 'the packet ends before its protocol header is complete', zh: '协议首部不完整，无法从数据包中取出' },
	ICMP_CSUM: { en: 'the ICMP checksum is wrong', zh: 'ICMP 校验和错误' },
	INVALID_PROTO: {
		en: 'the packet breaks the rules of its protocol, e.g. an ICMP timestamp request sent as broadcast',
		zh: '数据包违反协议规范，例如以广播方式发送的 ICMP 时间戳请求',
	},
	IPV6DISABLED: { en: 'IPv6 is switched off on this interface', zh: '该网络接口已禁用 IPv6' },
	IPV6_BAD_EXTHDR: { en: 'an IPv6 extension header is malformed', zh: 'IPv6 扩展首部格式错误' },
	IPV6_NDISC_BAD_CODE: { en: 'a neighbour discovery message has an invalid ICMPv6 code', zh: '邻居发现（NDP）报文的 ICMPv6 代码无效' },
	IPV6_NDISC_BAD_OPTIONS: { en: 'a neighbour discovery message has malformed options', zh: '邻居发现（NDP）报文的选项格式错误' },
	IPV6_NDISC_FRAG: {
		en: 'a neighbour discovery message arrived in fragments, which is not allowed',
		zh: '邻居发现（NDP）报文被分片，不予接受',
	},
	IPV6_NDISC_HOP_LIMIT: {
		en: 'the hop limit of a neighbour discovery message is not 255, it may come from another network',
		zh: '邻居发现（NDP）报文的跳数限制不是 255，可能来自链路之外',
	},
	IPV6_NDISC_NS_OTHERHOST: {
		en: 'a neighbour solicitation asks for an address of another host',
		zh: '邻居请求（NS）所查询的地址属于其他主机',
	},
	IPV6_TOO_MANY_EXTHDRS: { en: 'the packet carries more IPv6 extension headers than allowed', zh: 'IPv6 扩展首部数量超过上限' },
	IPVLAN_MULTICAST_BACKLOG: { en: 'the multicast queue of an ipvlan interface is full', zh: 'ipvlan 接口的组播队列已满' },
	IP_CSUM: { en: 'the IPv4 header checksum is wrong', zh: 'IPv4 首部校验和错误' },
	IP_INADDRERRORS: { en: 'the destination address is not acceptable here or the host is unreachable', zh: '目的地址不可接受或主机不可达' },
	IP_INHDR: { en: 'the IP header is malformed or carries unacceptable values', zh: 'IP 首部格式错误或字段取值不合法' },
	IP_INNOROUTES: { en: 'no route to the destination was found for a received packet', zh: '收到的数据包找不到去往目的地址的路由' },
	IP_INVALID_DEST: { en: 'the destination IP address is not valid, e.g. it is zero', zh: '目的 IP 地址无效，例如全零地址' },
	IP_INVALID_SOURCE: {
		en: 'the source IP address cannot be a sender, e.g. it is multicast, broadcast or zero',
		zh: '源 IP 地址无效，例如组播、受限广播或全零地址',
	},
	IP_LOCALNET: {
		en: 'a loopback address (127.0.0.0/8) appeared on a real network interface',
		zh: '普通网络接口上出现了环回地址（127.0.0.0/8）',
	},
	IP_LOCAL_SOURCE: {
		en: 'the packet came from the network, but its source is an IP address of this host',
		zh: '从网络收到的数据包，源 IP 却是本机地址',
	},
	IP_NOPROTO: {
		en: 'no handler exists on this host for the transport protocol of the IP packet',
		zh: '本机不支持该 IP 包所携带的上层协议',
	},
	IP_OUTNOROUTES: { en: 'no route to the destination was found when sending', zh: '发送时查找不到去往目的地址的路由' },
	IP_RPFILTER: {
		en: 'the reverse path check (rp_filter) failed: no route back to the source uses this interface',
		zh: '反向路径过滤（rp_filter）未通过：到源地址的路由不走该接口',
	},
	IP_TUNNEL_ECN: {
		en: 'the congestion (ECN) marks of the tunnel and of the inner packet contradict each other',
		zh: '隧道外层与内层报文的 ECN 标记冲突',
	},
	LOCAL_MAC: {
		en: 'the source MAC address is the one of this interface itself, there may be a loop',
		zh: '源 MAC 与本机接口相同，网络可能存在环路',
	},
	MACVLAN_BROADCAST_BACKLOG: { en: 'the broadcast queue of a macvlan interface is full', zh: 'macvlan 接口的广播队列已满' },
	MAC_IEEE_MAC_CONTROL: {
		en: 'the frame is a MAC control frame (e.g. PAUSE) that must not be forwarded',
		zh: '目的 MAC 是 IEEE MAC 控制地址（如 PAUSE 帧），不予转发',
	},
	MAC_INVALID_SOURCE: { en: 'the source MAC address is not valid, e.g. zero or multicast', zh: '源 MAC 地址无效，例如全零或组播地址' },
	NEIGH_CREATEFAIL: {
		en: 'no neighbour (ARP/NDP) entry could be created for the next hop, the table may be full',
		zh: '无法为下一跳创建邻居表项（ARP/NDP），邻居表可能已满',
	},
	NEIGH_DEAD: { en: 'the neighbour (ARP/NDP) entry of the next hop was being removed', zh: '下一跳的邻居表项正在被删除，已失效' },
	NEIGH_FAILED: {
		en: 'the next hop did not answer ARP or neighbour discovery, its MAC address is unknown',
		zh: '下一跳的邻居表项处于 FAILED 状态，ARP/NDP 解析失败',
	},
	NEIGH_HH_FILLFAIL: {
		en: 'the link-layer header (e.g. MAC addresses) could not be written before sending',
		zh: '发送前填写链路层首部失败',
	},
	NEIGH_QUEUEFULL: {
		en: 'too many packets already wait for the MAC address of the next hop (ARP/NDP)',
		zh: '等待 ARP/NDP 解析的数据包队列已满',
	},
	NETFILTER_DROP: {
		en: 'a firewall rule (iptables, nftables or other netfilter code) dropped the packet',
		zh: '数据包被防火墙规则（iptables、nftables 等 netfilter 钩子）丢弃',
	},
	NOMEM: { en: 'the kernel could not get memory for the packet', zh: '内核内存不足，分配失败' },
	NOT_DROPPED_YET: { en: 'the packet has not been dropped, the kernel is still working on it', zh: '数据包尚未被丢弃，内核仍在处理' },
	NOT_SPECIFIED: { en: 'the kernel dropped the packet without naming a reason', zh: '内核丢弃了数据包，但没有给出具体原因' },
	NO_SOCKET: {
		en: 'no program on this host listens on the port or owns the connection this packet is for',
		zh: '本机没有与该端口或连接对应的套接字',
	},
	NO_TX_TARGET: { en: 'the virtual interface found nowhere to send the packet to', zh: '虚拟设备找不到可发送的目标' },
	OTHERHOST: {
		en: "the frame is addressed to another host's MAC address and was only seen in promiscuous mode",
		zh: '目的 MAC 地址属于其他主机，只因网卡处于混杂模式才收到',
	},
	PACKET_SOCK_ERROR: {
		en: 'the copy of the packet for a capture program (packet socket) could not be delivered',
		zh: '送往抓包套接字（packet socket）的数据包副本处理出错',
	},
	PFMEMALLOC: {
		en: 'memory was so short that only packets needed to free memory were let through',
		zh: '数据包占用了应急保留内存，而该路径或套接字无权使用',
	},
	PKT_TOO_BIG: {
		en: 'the packet is larger than allowed, e.g. than the MTU of the outgoing interface',
		zh: '数据包过大，例如超过出接口的 MTU',
	},
	PKT_TOO_SMALL: {
		en: 'the packet is shorter than its headers say or its protocol requires',
		zh: '数据包长度过短，小于首部声明或协议要求的长度',
	},
	PROTO_MEM: {
		en: 'the memory limit for all sockets of this protocol is used up (tcp_mem, udp_mem)',
		zh: '该协议所有套接字的总内存已达上限（如 tcp_mem、udp_mem）',
	},
	PSP_INPUT: { en: 'the PSP encryption of a received packet is missing, unexpected or wrong', zh: '收到的数据包未通过 PSP 加密检查' },
	PSP_OUTPUT: { en: 'the packet must not be sent because its PSP encryption state is not right', zh: '待发送的数据包未通过 PSP 加密检查' },
	PTYPE_ABSENT: {
		en: 'nothing on this host handles the network protocol of the frame (EtherType)',
		zh: '本机没有注册能处理该以太网类型（EtherType）的协议',
	},
	QDISC_BURST_DROP: {
		en: 'too many packets waited at once to enter the send queue (net.core.qdisc_max_burst)',
		zh: '同时等待进入 qdisc 的数据包过多，超过 net.core.qdisc_max_burst',
	},
	QDISC_CONGESTED: {
		en: 'the send queue (qdisc) dropped the packet early to signal congestion',
		zh: 'qdisc 的主动队列管理（AQM）因拥塞主动丢包',
	},
	QDISC_DROP: { en: 'the send queue (qdisc) of the interface dropped the packet', zh: '数据包被网络接口的排队规则（qdisc）丢弃' },
	QDISC_OVERLIMIT: { en: 'the send queue (qdisc) has reached its configured total size', zh: '排队规则（qdisc）的队列已达总长度上限' },
	QUEUE_PURGE: {
		en: 'a whole queue of packets was emptied, e.g. when an interface or a socket went away',
		zh: '整个队列被清空，例如设备或套接字被释放时',
	},
	RECURSION_LIMIT: {
		en: 'virtual interfaces stacked on each other passed the packet on too often, probably in a loop',
		zh: '数据包在层叠的虚拟设备间递归过深，可能存在环路',
	},
	SECURITY_HOOK: {
		en: 'a security module such as SELinux or AppArmor refused the packet',
		zh: '安全模块（SELinux、AppArmor 等 LSM 钩子）拒绝了该数据包',
	},
	SKB_BAD_GSO: { en: 'the segmentation data of a large packet is bogus or malicious', zh: 'GSO 大包的分段信息非法，可能是恶意构造' },
	SKB_CSUM: { en: 'the checksum could not be computed while preparing the packet', zh: '处理数据包时计算校验和失败' },
	SKB_GSO_SEG: { en: 'a large packet could not be split into packets the interface can send', zh: '大包分段（GSO）失败' },
	SKB_UCOPY_FAULT: { en: 'the data could not be copied from the memory of the program', zh: '从用户空间拷贝数据失败' },
	SOCKET_BACKLOG: {
		en: 'the waiting list of a busy socket is full, its program has it locked or is too slow',
		zh: '套接字被占用时的后备队列（backlog）已满',
	},
	SOCKET_CLOSE: { en: 'the receiving socket was closed before the packet was read', zh: '接收数据包的套接字已被关闭，数据尚未被读取' },
	SOCKET_FILTER: {
		en: 'a packet filter (BPF) attached to the receiving socket rejected the packet',
		zh: '接收套接字上附加的过滤器（BPF）拒绝了该数据包',
	},
	SOCKET_RCVBUFF: {
		en: 'the receive buffer of the socket is full, the program does not read fast enough',
		zh: '套接字接收缓冲区已满，应用程序读取太慢',
	},
	TAP_FILTER: {
		en: 'a BPF program attached to the tun/tap interface rejected the packet',
		zh: 'tun/tap 设备上附加的（BPF）过滤器拒绝了该数据包',
	},
	TAP_TXFILTER: {
		en: 'the MAC address filter of the tun/tap interface rejected the frame',
		zh: 'tun/tap 设备的发送过滤（MAC 地址过滤）拒绝了该帧',
	},
	TCP_ABORT_ON_DATA: {
		en: 'data arrived after the program had closed the connection, so it was aborted',
		zh: '应用已关闭连接后仍收到数据，连接被异常终止',
	},
	TCP_ACK_UNSENT_DATA: { en: 'the packet acknowledges data that this host has not sent yet', zh: '对端确认了本机尚未发送的数据' },
	TCP_AOFAILURE: {
		en: 'the TCP-AO signature of the packet is wrong, the keys probably differ',
		zh: 'TCP-AO 签名校验失败，双方密钥可能不一致',
	},
	TCP_AOKEYNOTFOUND: { en: 'the packet names a TCP-AO key that this host does not know', zh: '报文使用的 TCP-AO 密钥编号在本机不存在' },
	TCP_AONOTFOUND: {
		en: 'the connection requires TCP-AO authentication, but this packet carries none',
		zh: '连接要求 TCP-AO 认证，但报文中没有',
	},
	TCP_AOUNEXPECTED: {
		en: 'the packet carries TCP-AO authentication, but none is configured for this peer',
		zh: '报文带有 TCP-AO 认证选项，但本机没有为该对端配置',
	},
	TCP_AUTH_HDR: {
		en: 'the TCP signature options (MD5 or TCP-AO) are repeated or malformed',
		zh: 'TCP 签名选项（MD5 或 TCP-AO）重复或格式错误',
	},
	TCP_CLOSE: { en: 'the TCP connection is already in the closed state', zh: 'TCP 连接已处于 CLOSE 状态' },
	TCP_CSUM: { en: 'the TCP checksum is wrong, the packet was damaged on its way', zh: 'TCP 校验和错误，报文在途中损坏' },
	TCP_FASTOPEN: {
		en: 'a half-open TCP Fast Open connection did not accept the packet',
		zh: '处于握手阶段的 TCP Fast Open 连接没有接受该报文',
	},
	TCP_FLAGS: {
		en: 'the combination of TCP flags makes no sense in the current connection state',
		zh: 'TCP 标志位组合无效，或与连接当前状态不符',
	},
	TCP_INVALID_ACK_SEQUENCE: {
		en: 'the packet acknowledges a sequence number outside what this host has in flight',
		zh: '确认号不在已发送未确认的范围之内',
	},
	TCP_INVALID_END_SEQUENCE: { en: 'the TCP segment ends beyond the receive window', zh: 'TCP 报文段的结束序列号超出接收窗口' },
	TCP_INVALID_SEQUENCE: { en: 'the TCP sequence number lies outside the receive window', zh: 'TCP 序列号不在接收窗口之内' },
	TCP_INVALID_SYN: { en: 'a packet with the SYN flag arrived in the middle of a connection', zh: '连接中途收到了不应出现的 SYN 报文' },
	TCP_LISTEN_OVERFLOW: {
		en: 'the accept queue of the listening socket is full, the program accepts too slowly',
		zh: '监听套接字的全连接队列已满，应用 accept 太慢',
	},
	TCP_MD5FAILURE: {
		en: 'the TCP-MD5 signature of the packet is wrong, the passwords probably differ',
		zh: 'TCP-MD5 签名校验失败，双方密钥可能不一致',
	},
	TCP_MD5NOTFOUND: {
		en: 'the connection requires TCP-MD5 signatures, but this packet carries none',
		zh: '连接要求 TCP-MD5 签名，但报文中没有',
	},
	TCP_MD5UNEXPECTED: {
		en: 'the packet carries a TCP-MD5 signature, but none is configured for this peer',
		zh: '报文带有 TCP-MD5 签名，但本机没有为该对端配置',
	},
	TCP_MINTTL: {
		en: 'the TTL or hop limit is below the minimum the socket asks for (IP_MINTTL)',
		zh: 'TTL 或跳数低于套接字要求的最小值（IP_MINTTL）',
	},
	TCP_OFOMERGE: { en: 'the same data already waits in the TCP out-of-order queue', zh: '相同数据已存在于 TCP 乱序队列中' },
	TCP_OFO_DROP: {
		en: 'out-of-order data turned out to be already in the receive queue',
		zh: '乱序队列中的数据已在接收队列中，属于重复数据',
	},
	TCP_OFO_QUEUE_PRUNE: {
		en: 'data was removed from the TCP out-of-order queue because memory ran short',
		zh: '内存紧张，TCP 乱序队列中的数据被清理',
	},
	TCP_OLD_ACK: {
		en: 'the acknowledgement is older than one already received and brings nothing new',
		zh: '该 ACK 早于已收到的确认，没有新的信息',
	},
	TCP_OLD_DATA: {
		en: 'this TCP data was already received earlier, most likely a needless retransmission',
		zh: '该 TCP 数据此前已收到，多为不必要的重传',
	},
	TCP_OLD_SEQUENCE: {
		en: 'the TCP sequence number lies before the window, the packet is an old duplicate',
		zh: 'TCP 序列号早于接收窗口，属于旧的重复报文',
	},
	TCP_OVERWINDOW: { en: 'the TCP data lies beyond the receive window this host had offered', zh: 'TCP 数据超出了本机通告的接收窗口' },
	TCP_RESET: {
		en: 'a TCP reset (RST) was not accepted, its sequence number does not fit the connection',
		zh: '收到的 RST 报文无效，序列号与连接不符，未被接受',
	},
	TCP_RFC7323_PAWS: {
		en: 'the TCP timestamp is older than the last one seen, the packet counts as an old duplicate',
		zh: 'TCP 时间戳比最近收到的更旧，按旧的重复报文处理（PAWS）',
	},
	TCP_RFC7323_PAWS_ACK: {
		en: 'a pure acknowledgement arrived late with an outdated TCP timestamp',
		zh: '迟到的纯 ACK 报文携带了过期的 TCP 时间戳（PAWS）',
	},
	TCP_RFC7323_TSECR: {
		en: 'the echoed TCP timestamp is one that this host never sent',
		zh: '报文回显的 TCP 时间戳（TSecr）无效，本机从未发送过',
	},
	TCP_RFC7323_TW_PAWS: {
		en: 'outdated TCP timestamp on a packet for a connection just closed (TIME_WAIT)',
		zh: '连接处于 TIME_WAIT 状态，报文的 TCP 时间戳已过期（PAWS）',
	},
	TCP_TOO_OLD_ACK: { en: 'the acknowledgement is far too old to be genuine', zh: '该 ACK 过旧，远早于允许的范围' },
	TCP_ZEROWINDOW: {
		en: 'data arrived although this host had announced a full receive buffer (zero window)',
		zh: '接收窗口已为零，对端仍发来数据',
	},
	TC_CHAIN_NOTFOUND: {
		en: 'a traffic control (tc) rule refers to a filter chain that does not exist',
		zh: 'tc 规则引用的链（chain）不存在',
	},
	TC_COOKIE_ERROR: {
		en: 'traffic control (tc) could not resume where an earlier lookup had stopped',
		zh: 'tc 扩展 cookie 处理出错，无法继续先前的分类过程',
	},
	TC_EGRESS: {
		en: 'a traffic control (tc) filter or BPF program dropped the outgoing packet',
		zh: '数据包在 tc 出方向（egress）被过滤器或 BPF 程序丢弃',
	},
	TC_ERROR: { en: 'an internal error happened in traffic control (tc)', zh: 'tc 子系统内部错误' },
	TC_INGRESS: {
		en: 'a traffic control (tc) filter or BPF program dropped the incoming packet',
		zh: '数据包在 tc 入方向（ingress）被过滤器或 BPF 程序丢弃',
	},
	TC_RECLASSIFY_LOOP: { en: 'traffic control (tc) rules sent the packet round in circles', zh: 'tc 重新分类次数超限，规则可能形成循环' },
	TUNNEL_TXINFO: {
		en: 'the tunnel interface takes its parameters from outside, but the packet brought none',
		zh: '隧道设备处于 external 模式，但数据包没有携带隧道元数据',
	},
	UDP_CSUM: { en: 'the UDP checksum is wrong, the packet was damaged on its way', zh: 'UDP 校验和错误，报文在途中损坏' },
	UNHANDLED_PROTO: { en: 'the protocol of the packet is not supported or not enabled here', zh: '数据包的协议未实现或未启用' },
	UNICAST_IN_L2_MULTICAST: {
		en: 'a packet for a single IP address came in a link-layer broadcast or multicast frame',
		zh: '链路层为广播或组播帧，其中的 IP 目的地址却是单播',
	},
	UNIX_DISCONNECT: {
		en: 'queued data of a UNIX socket was thrown away because it was reconnected or its peer closed',
		zh: 'UNIX 套接字重新连接或对端已关闭，接收队列中的数据被清空',
	},
	UNIX_SKIP_OOB: {
		en: 'urgent (out-of-band) data on a UNIX socket was skipped by a normal read',
		zh: 'UNIX 套接字的带外（OOB）数据被普通读操作跳过',
	},
	VXLAN_ENTRY_EXISTS: {
		en: 'the sender MAC address moved although it is fixed by a static VXLAN table entry',
		zh: '源 MAC 试图迁移，但 VXLAN 转发表中已有静态表项或下一跳表项',
	},
	VXLAN_INVALID_HDR: { en: 'the VXLAN header is malformed', zh: 'VXLAN 首部无效' },
	VXLAN_NO_REMOTE: { en: 'no remote end (VTEP) is known for this VXLAN packet', zh: '该 VXLAN 报文找不到可用的远端（VTEP）' },
	VXLAN_VNI_NOT_FOUND: {
		en: 'no VXLAN interface here uses the network number (VNI) of the packet',
		zh: '本机没有与该 VNI 对应的 VXLAN 设备',
	},
	XDP: { en: 'an XDP program dropped the packet right after it was received', zh: '数据包在接收入口被 XDP 程序丢弃' },
	XFRM_POLICY: {
		en: 'the packet violates an IPsec policy, e.g. it arrived unencrypted where encryption is required',
		zh: '数据包未通过 IPsec（xfrm）策略检查，例如本应加密却以明文到达',
	},

	// mac80211 (Wi-Fi): net/mac80211/drop.h and the places that use it, net/mac80211/rx.c, wpa.c and wep.c
	RX_CONTINUE: { en: 'the Wi-Fi frame passed all receive steps, this is not a loss', zh: 'Wi-Fi 帧已通过全部接收处理，不属于丢包' },
	RX_DROP: { en: 'the Wi-Fi stack dropped the received frame without naming a reason', zh: '无线协议栈丢弃了接收到的帧，未给出具体原因' },
	RX_DROP_MONITOR: {
		en: 'the Wi-Fi frame is of no use for normal traffic, only monitor interfaces got it',
		zh: '该 Wi-Fi 帧不属于正常流量，仅交给监听（monitor）接口',
	},
	RX_DROP_M_BAD_BCN_KEYIDX: {
		en: 'the Wi-Fi beacon is protected with a key number not meant for beacons (monitor only)',
		zh: '信标帧保护所用的密钥索引不属于信标密钥（仅交监听接口）',
	},
	RX_DROP_M_BAD_MGMT_KEYIDX: {
		en: 'the Wi-Fi management frame names a key number not meant for it (monitor only)',
		zh: '管理帧保护所用的密钥索引无效（仅交监听接口）',
	},
	RX_DROP_M_UNEXPECTED_4ADDR_FRAME: {
		en: 'a Wi-Fi client uses four-address (WDS) frames without being set up for it (monitor only)',
		zh: '客户端发送了四地址（WDS）帧，但尚未配置（仅交监听接口）',
	},
	RX_DROP_UNUSABLE: { en: 'the Wi-Fi frame cannot be used', zh: '该 Wi-Fi 帧不可用' },
	RX_DROP_U_ACTION_UNKNOWN_SRC: { en: 'a Wi-Fi action frame came from a station that is not known here', zh: '动作帧来自未知的站点' },
	RX_DROP_U_AMSDU_WITHOUT_DATA: {
		en: 'a Wi-Fi frame claims to bundle several packets (A-MSDU) but holds no data',
		zh: 'A-MSDU 聚合帧中没有数据',
	},
	RX_DROP_U_AP_RX_GROUPCAST: {
		en: 'the access point got a frame encrypted with a group key that only it may send with',
		zh: '接入点收到了用组密钥加密的帧，而组播帧只应由接入点发送',
	},
	RX_DROP_U_BAD_4ADDR: {
		en: 'a bundled (A-MSDU) four-address Wi-Fi frame is not allowed on this interface',
		zh: '该接口不允许接收四地址格式的 A-MSDU 帧',
	},
	RX_DROP_U_BAD_AMSDU: {
		en: 'a Wi-Fi frame bundling several packets (A-MSDU) is malformed or not allowed',
		zh: 'A-MSDU 聚合帧格式错误或不被允许',
	},
	RX_DROP_U_BAD_AMSDU_CIPHER: {
		en: 'a Wi-Fi frame bundling packets (A-MSDU) uses a cipher that does not permit it',
		zh: 'A-MSDU 聚合帧使用了不允许聚合的加密套件',
	},
	RX_DROP_U_BAD_BCN_KEYIDX: {
		en: 'the Wi-Fi beacon is protected with a key number not meant for beacons',
		zh: '信标帧保护所用的密钥索引不属于信标密钥',
	},
	RX_DROP_U_BAD_CIPHER: { en: 'the Wi-Fi frame uses an unknown encryption method', zh: 'Wi-Fi 帧使用了未知的加密套件' },
	RX_DROP_U_BAD_KEY_COLOR: {
		en: 'fragments of a Wi-Fi frame were encrypted with different keys',
		zh: '同一 Wi-Fi 帧的各分片使用了不同的密钥',
	},
	RX_DROP_U_BAD_MGMT_KEYIDX: { en: 'the Wi-Fi management frame names a key number not meant for it', zh: '管理帧保护所用的密钥索引无效' },
	RX_DROP_U_BAD_MMIE: {
		en: 'the integrity field (MMIE) of a Wi-Fi management frame is missing or malformed',
		zh: '管理帧的完整性校验字段（MMIE）缺失或格式错误',
	},
	RX_DROP_U_BAR_OUTSIDE_SESSION: {
		en: 'a Wi-Fi block acknowledgement request came without such a session',
		zh: '收到块确认请求（BAR），但没有对应的块确认会话',
	},
	RX_DROP_U_CTRL_FRAME: { en: 'a Wi-Fi control frame of a kind that is not handled here', zh: '收到不需要处理的 Wi-Fi 控制帧' },
	RX_DROP_U_DECRYPT_FAIL: {
		en: 'the Wi-Fi frame could not be decrypted or its check value could not be computed',
		zh: 'Wi-Fi 帧解密失败，或无法计算校验值',
	},
	RX_DROP_U_DEFRAG_MISMATCH: {
		en: 'a Wi-Fi fragment does not belong to any frame begun earlier',
		zh: 'Wi-Fi 分片找不到与之匹配的前序分片',
	},
	RX_DROP_U_DEFRAG_OVERFLOW: { en: 'the pieces of a fragmented Wi-Fi frame exceed what may be reassembled', zh: 'Wi-Fi 分片重组超出上限' },
	RX_DROP_U_DUP: { en: 'the Wi-Fi frame is a repeat of one already received', zh: '重复的 Wi-Fi 帧，此前已收到' },
	RX_DROP_U_EXPECTED_MGMT: {
		en: 'a Wi-Fi management frame was expected, but the frame is of another kind',
		zh: '此处应为 Wi-Fi 管理帧，收到的却是其他类型的帧',
	},
	RX_DROP_U_EXPECT_DEFRAG_PROT: { en: 'a fragment of an encrypted Wi-Fi frame was not encrypted', zh: '加密 Wi-Fi 帧的某个分片未加密' },
	RX_DROP_U_INVALID_8023: { en: 'the Wi-Fi frame could not be turned into an Ethernet frame', zh: 'Wi-Fi 帧无法转换为以太网（802.3）帧' },
	RX_DROP_U_KEY_TAINTED: {
		en: 'the key of the Wi-Fi frame was being replaced and must not be used any more',
		zh: 'Wi-Fi 帧所用的密钥正在更换，不得继续使用',
	},
	RX_DROP_U_MALFORMED_ACTION: {
		en: 'the access point left a Wi-Fi action frame it cannot use unanswered',
		zh: '接入点收到无法处理的动作帧，未予回应',
	},
	RX_DROP_U_MCAST_DEAUTH: {
		en: 'a Wi-Fi deauthentication was sent to a group of stations instead of one or all',
		zh: '解除认证帧的目的地址是组播（非广播）地址',
	},
	RX_DROP_U_MCAST_DISASSOC: {
		en: 'a Wi-Fi (dis)association message was sent to a group of stations instead of one or all',
		zh: '关联响应或解除关联帧的目的地址是组播（非广播）地址',
	},
	RX_DROP_U_MCAST_FRAGMENT: {
		en: 'a Wi-Fi frame to several stations came in fragments, which is not allowed',
		zh: '组播 Wi-Fi 帧被分片，不予接受',
	},
	RX_DROP_U_MESH_A3_MISMATCH: {
		en: 'a Wi-Fi mesh multicast frame this station itself had sent came back',
		zh: '收到源自本机的 Mesh 组播帧（地址 3 是本机）',
	},
	RX_DROP_U_MESH_A4_MISMATCH: {
		en: 'a Wi-Fi mesh frame this station itself had sent came back',
		zh: '收到源自本机的 Mesh 帧（地址 4 是本机）',
	},
	RX_DROP_U_MESH_BAD_AE: { en: 'the address extension of a Wi-Fi mesh frame is not valid', zh: 'Mesh 帧的地址扩展字段无效' },
	RX_DROP_U_MESH_DS_BITS: {
		en: 'the direction flags (To DS, From DS) of a Wi-Fi mesh multicast frame are wrong',
		zh: 'Mesh 组播帧的方向标志（To DS/From DS）不正确',
	},
	RX_DROP_U_MESH_NOT_FORWARDING: {
		en: 'the Wi-Fi mesh frame is for another station, but forwarding is switched off here',
		zh: 'Mesh 帧需转发给其他站点，但本机已关闭 Mesh 转发',
	},
	RX_DROP_U_MESH_NO_A4: { en: 'a Wi-Fi mesh frame to a single station lacks the fourth address', zh: '单播 Mesh 帧缺少第四个地址' },
	RX_DROP_U_MESH_NO_TTL: { en: 'the Wi-Fi mesh frame arrived with a hop count (TTL) of zero', zh: '收到的 Mesh 帧 TTL 为零' },
	RX_DROP_U_MESH_RMC: {
		en: 'the Wi-Fi mesh multicast frame was already seen, this is a copy over another path',
		zh: '该 Mesh 组播帧已收到过，属于经其他路径到达的副本',
	},
	RX_DROP_U_MESH_TTL_EXPIRED: {
		en: 'the Wi-Fi mesh frame used up its hop count (TTL) and is not forwarded',
		zh: 'Mesh 帧的 TTL 已耗尽，不再转发',
	},
	RX_DROP_U_MESH_UNEXP_DATA: {
		en: 'Wi-Fi mesh data came from a station that is not connected as a mesh peer',
		zh: '尚未建立 Mesh 对等连接的站点发来了数据帧',
	},
	RX_DROP_U_MESH_UNEXP_MGMT: {
		en: 'a Wi-Fi management frame came from a station not yet connected as a mesh peer',
		zh: '尚未建立 Mesh 对等连接的站点发来了不允许的管理帧',
	},
	RX_DROP_U_MESH_WRONG_ACTION: {
		en: 'a Wi-Fi action frame not allowed before the mesh connection is made',
		zh: '建立 Mesh 对等连接前收到了不允许的动作帧',
	},
	RX_DROP_U_MIC_FAIL: {
		en: 'the integrity check of the Wi-Fi frame failed, wrong key or tampering',
		zh: 'Wi-Fi 帧完整性校验（MIC）失败，密钥错误或内容被篡改',
	},
	RX_DROP_U_MMIC_FAIL: { en: 'the TKIP integrity check (Michael) of the Wi-Fi frame failed', zh: 'TKIP 的 Michael MIC 完整性校验失败' },
	RX_DROP_U_NONBCAST_BEACON: { en: 'a Wi-Fi beacon was not addressed to everyone', zh: '信标帧的目的地址不是广播地址' },
	RX_DROP_U_NONSEQ_PN: { en: 'the packet numbers of encrypted Wi-Fi fragments are not consecutive', zh: '加密分片的报文编号（PN）不连续' },
	RX_DROP_U_NOT_PORT_CONTROL: {
		en: 'only login (EAPOL) frames are accepted in this form, this was another one',
		zh: '该格式下只接受端口控制（EAPOL）帧，收到的是其他帧',
	},
	RX_DROP_U_NO_ICV: { en: 'the Wi-Fi frame is too short for its WEP check value (ICV)', zh: 'Wi-Fi 帧过短，缺少 WEP 校验值（ICV）' },
	RX_DROP_U_NO_IV: {
		en: 'the Wi-Fi frame is too short for its WEP initialisation vector (IV)',
		zh: 'Wi-Fi 帧过短，缺少 WEP 初始向量（IV）',
	},
	RX_DROP_U_NO_KEY_ID: { en: 'the encrypted Wi-Fi frame does not tell which key it uses', zh: '加密的 Wi-Fi 帧中取不到密钥编号' },
	RX_DROP_U_NO_LINK: {
		en: 'the Wi-Fi frame could not be assigned to a link of this interface',
		zh: 'Wi-Fi 帧无法对应到接口的任何链路（link）',
	},
	RX_DROP_U_NULL_DATA: {
		en: 'the Wi-Fi data frame carries no data, it only signals e.g. power saving',
		zh: 'Wi-Fi 数据帧不含数据（空数据帧），仅用于节能等信令',
	},
	RX_DROP_U_OOM: { en: 'the Wi-Fi stack could not get memory for the frame', zh: '无线协议栈内存不足，分配失败' },
	RX_DROP_U_PORT_CONTROL: {
		en: 'the station is not logged in (802.1X) yet or sent unencrypted data',
		zh: '站点尚未通过 802.1X 端口认证，或发来未加密的数据',
	},
	RX_DROP_U_REJECTED_ACTION_RESPONSE: {
		en: 'the Wi-Fi peer returned an action frame as not understood',
		zh: '对端将动作帧作为无法识别退回',
	},
	RX_DROP_U_REPLAY: {
		en: 'the packet number of the Wi-Fi frame was already used, possibly a replay attack',
		zh: 'Wi-Fi 帧的报文编号已使用过，可能是重放攻击',
	},
	RX_DROP_U_RUNT_ACTION: { en: 'the Wi-Fi action frame is too short', zh: 'Wi-Fi 动作帧过短' },
	RX_DROP_U_RUNT_BAR: { en: 'the Wi-Fi block acknowledgement request is too short', zh: '块确认请求（BAR）帧过短' },
	RX_DROP_U_RUNT_DATA: { en: 'the Wi-Fi data frame is too short', zh: 'Wi-Fi 数据帧过短' },
	RX_DROP_U_RUNT_MESH_DATA: { en: 'the Wi-Fi mesh data frame is too short', zh: 'Mesh 数据帧过短' },
	RX_DROP_U_RUNT_MGMT: { en: 'the Wi-Fi management frame is too short', zh: 'Wi-Fi 管理帧过短' },
	RX_DROP_U_SHORT_CCMP: { en: 'the Wi-Fi frame is too short to be CCMP encrypted', zh: 'Wi-Fi 帧过短，不足以容纳 CCMP 加密数据' },
	RX_DROP_U_SHORT_CCMP_MIC: {
		en: 'the Wi-Fi frame is too short for its CCMP header or check value',
		zh: 'Wi-Fi 帧过短，不足以容纳 CCMP 首部或校验值（MIC）',
	},
	RX_DROP_U_SHORT_CMAC: {
		en: 'the Wi-Fi management frame is too short for its CMAC check value',
		zh: '管理帧过短，不足以容纳 CMAC 校验字段',
	},
	RX_DROP_U_SHORT_CMAC256: {
		en: 'the Wi-Fi management frame is too short for its CMAC-256 check value',
		zh: '管理帧过短，不足以容纳 CMAC-256 校验字段',
	},
	RX_DROP_U_SHORT_GCMP: { en: 'the Wi-Fi frame is too short to be GCMP encrypted', zh: 'Wi-Fi 帧过短，不足以容纳 GCMP 加密数据' },
	RX_DROP_U_SHORT_GCMP_MIC: {
		en: 'the Wi-Fi frame is too short for its GCMP header or check value',
		zh: 'Wi-Fi 帧过短，不足以容纳 GCMP 首部或校验值（MIC）',
	},
	RX_DROP_U_SHORT_GMAC: {
		en: 'the Wi-Fi management frame is too short for its GMAC check value',
		zh: '管理帧过短，不足以容纳 GMAC 校验字段',
	},
	RX_DROP_U_SHORT_MMIC: {
		en: 'the Wi-Fi frame is too short for its TKIP check value (Michael)',
		zh: 'Wi-Fi 帧过短，不足以容纳 TKIP 的 Michael MIC',
	},
	RX_DROP_U_SHORT_TKIP: { en: 'the Wi-Fi frame is too short to be TKIP encrypted', zh: 'Wi-Fi 帧过短，不足以容纳 TKIP 加密数据' },
	RX_DROP_U_SPURIOUS: { en: 'a Wi-Fi frame came from a station that is not associated', zh: '未关联的站点发来了 Wi-Fi 帧' },
	RX_DROP_U_SPURIOUS_NOTIF: {
		en: 'a frame came from a station not associated, the access point software was told',
		zh: '未关联的站点发来了帧，已通知用户态程序（如 hostapd）',
	},
	RX_DROP_U_TKIP_FAIL: { en: 'the TKIP decryption of the Wi-Fi frame failed', zh: 'Wi-Fi 帧的 TKIP 解密失败' },
	RX_DROP_U_UNEXPECTED_4ADDR: {
		en: 'a four-address (WDS) Wi-Fi data frame came in where none are accepted',
		zh: '收到四地址（WDS）数据帧，但该接口不接受',
	},
	RX_DROP_U_UNEXPECTED_4ADDR_FRAME: {
		en: 'a Wi-Fi client uses four-address (WDS) frames without being set up for it',
		zh: '客户端使用四地址（WDS）帧，但尚未为其配置',
	},
	RX_DROP_U_UNEXPECTED_EXT_FRAME: {
		en: 'a Wi-Fi extension frame came to an interface that is not a client',
		zh: '非客户端（station）接口收到了扩展帧',
	},
	RX_DROP_U_UNEXPECTED_STA_4ADDR: {
		en: 'a Wi-Fi client got a four-address frame, but that mode is switched off',
		zh: '客户端收到四地址帧，但未开启四地址模式',
	},
	RX_DROP_U_UNEXPECTED_VLAN_4ADDR: {
		en: 'a four-address Wi-Fi frame came to an AP VLAN with no such station',
		zh: 'AP VLAN 接口收到四地址帧，但未绑定四地址站点',
	},
	RX_DROP_U_UNEXPECTED_VLAN_MCAST: {
		en: 'a Wi-Fi multicast came to an AP VLAN that serves one four-address station',
		zh: '绑定四地址站点的 AP VLAN 接口收到了组播帧',
	},
	RX_DROP_U_UNHANDLED_DEAUTH: {
		en: 'a Wi-Fi deauthentication came to an interface that does not process it',
		zh: '该接口类型不处理解除认证帧',
	},
	RX_DROP_U_UNHANDLED_DISASSOC: {
		en: 'a Wi-Fi (dis)association message came to an interface that is not a client',
		zh: '非客户端接口收到关联响应或解除关联帧，不予处理',
	},
	RX_DROP_U_UNHANDLED_MGMT: {
		en: 'this kind of Wi-Fi interface does not process management frames in the kernel',
		zh: '该类型的无线接口不在内核中处理管理帧',
	},
	RX_DROP_U_UNHANDLED_MGMT_STYPE: {
		en: 'the kernel does not process this kind of Wi-Fi management frame',
		zh: '内核不处理该子类型的管理帧',
	},
	RX_DROP_U_UNHANDLED_PREQ: {
		en: 'a Wi-Fi probe request came to an interface that does not answer them',
		zh: '该接口类型不处理探测请求（Probe Request）帧',
	},
	RX_DROP_U_UNKNOWN_ACTION_REJECTED: {
		en: 'an unknown Wi-Fi action frame was returned to its sender as not understood',
		zh: '未知的动作帧已作为无法识别退回发送方',
	},
	RX_DROP_U_UNKNOWN_MCAST_ACTION: { en: 'an unknown Wi-Fi action frame was sent to several stations', zh: '收到未知的组播动作帧' },
	RX_DROP_U_UNKNOWN_STA: { en: 'the Wi-Fi frame came from a station that is not known here', zh: 'Wi-Fi 帧来自未知站点' },
	RX_DROP_U_UNPROTECTED: {
		en: 'the Wi-Fi frame should be protected, but it was not or there is no key for it',
		zh: 'Wi-Fi 帧应受保护，但未加密或没有可用密钥',
	},
	RX_DROP_U_UNPROT_ACTION: { en: 'a Wi-Fi management frame that must be protected was not', zh: '应受保护的管理帧未受保护' },
	RX_DROP_U_UNPROT_BEACON: { en: 'a Wi-Fi beacon that must be protected was not', zh: '应受保护的信标帧未受保护' },
	RX_DROP_U_UNPROT_DUAL: {
		en: 'a Wi-Fi action frame of the protected kind came unprotected',
		zh: '要求保护的公共动作帧（protected dual）未受保护',
	},
	RX_DROP_U_UNPROT_MCAST_MGMT: { en: 'a Wi-Fi management frame to several stations lacks its protection', zh: '组播管理帧未受保护' },
	RX_DROP_U_UNPROT_ROBUST_ACTION: {
		en: 'a Wi-Fi action frame that needs encryption came before any key was set',
		zh: '密钥尚未建立就收到需要加密的动作帧',
	},
	RX_DROP_U_UNPROT_UCAST_MGMT: {
		en: 'a Wi-Fi management frame to this station was not encrypted as required',
		zh: '单播管理帧未按要求加密',
	},
	RX_DROP_U_UNPROT_UNICAST_PUB_ACTION: {
		en: 'a public Wi-Fi action frame to this station was not encrypted as required',
		zh: '单播公共动作帧未按要求加密',
	},
	RX_DROP_U_WEP_DEC_FAIL: { en: 'the WEP decryption of the Wi-Fi frame failed', zh: 'Wi-Fi 帧的 WEP 解密失败' },
	RX_QUEUED: { en: 'the Wi-Fi frame was queued for further work, this is not a loss', zh: 'Wi-Fi 帧已排队等待后续处理，不属于丢包' },

	// Open vSwitch: net/openvswitch/drop.h
	OVS_DROP_ACTION_ERROR: { en: 'Open vSwitch failed to carry out an action on the packet', zh: 'Open vSwitch 执行动作时出错' },
	OVS_DROP_CONNTRACK: { en: 'connection tracking in Open vSwitch failed for the packet', zh: 'Open vSwitch 连接跟踪（conntrack）处理失败' },
	OVS_DROP_DEFERRED_LIMIT: { en: 'too many Open vSwitch actions were waiting to be carried out', zh: 'Open vSwitch 延迟动作队列已满' },
	OVS_DROP_EXPLICIT: { en: 'an Open vSwitch flow has an action that says drop', zh: 'Open vSwitch 流表中有明确的丢弃（drop）动作' },
	OVS_DROP_EXPLICIT_WITH_ERROR: {
		en: 'Open vSwitch user space had the packet dropped because of an error it found',
		zh: 'Open vSwitch 用户态因出错下发了丢弃动作',
	},
	OVS_DROP_FRAG_INVALID_PROTO: {
		en: 'Open vSwitch cannot fragment the packet, it is neither IPv4 nor IPv6',
		zh: '既非 IPv4 也非 IPv6，Open vSwitch 无法分片',
	},
	OVS_DROP_FRAG_L2_TOO_LONG: {
		en: 'Open vSwitch cannot fragment the packet, its link-layer header is too long',
		zh: '链路层首部过长，Open vSwitch 无法分片',
	},
	OVS_DROP_IP_TTL: { en: 'the TTL or hop limit ran out in Open vSwitch', zh: '数据包的 TTL 或跳数在 Open vSwitch 中耗尽' },
	OVS_DROP_LAST_ACTION: {
		en: 'the Open vSwitch flow ended without sending the packet anywhere',
		zh: 'Open vSwitch 流表动作执行完毕，但没有输出端口',
	},
	OVS_DROP_METER: { en: 'an Open vSwitch meter (rate limit) was exceeded', zh: '超过 Open vSwitch meter 的限速' },
	OVS_DROP_RECURSION_LIMIT: {
		en: 'Open vSwitch actions are nested too deeply, the configuration may contain a loop',
		zh: 'Open vSwitch 动作嵌套过深，配置可能存在循环',
	},

	// qdisc, since 7.x: include/net/dropreason-qdisc.h; those that name CAKE or FQ were renamed later
	QDISC_DROP_BAND_LIMIT: { en: 'the priority band in the send queue (qdisc) is full', zh: 'qdisc 中该优先级频带的队列已满' },
	QDISC_DROP_CAKE_FLOOD: {
		en: 'CAKE dropped the packet to protect against a flow that ignores congestion signals',
		zh: 'CAKE 泛洪防护丢弃了不响应拥塞信号的流',
	},
	QDISC_DROP_CONGESTED: {
		en: 'the queue management (CoDel, PIE, RED) dropped the packet to make the sender slow down',
		zh: '主动队列管理（CoDel、PIE、RED 等）因拥塞主动丢包，促使发送方降速',
	},
	QDISC_DROP_FLOOD_PROTECTION: {
		en: 'the flood protection of the send queue dropped a flow that ignores congestion signals',
		zh: 'qdisc 泛洪防护机制丢包，该流不响应拥塞信号',
	},
	QDISC_DROP_FLOW_LIMIT: { en: 'this flow has used up its share of the send queue (qdisc)', zh: '该流在 qdisc 中的排队数量超过单流上限' },
	QDISC_DROP_FQ_BAND_LIMIT: { en: 'the priority band in the fq send queue is full', zh: 'fq qdisc 中该优先级频带的队列已满' },
	QDISC_DROP_FQ_HORIZON_LIMIT: {
		en: 'the requested send time lies beyond what the fq send queue accepts',
		zh: '数据包的预定发送时间超出 fq qdisc 允许的范围',
	},
	QDISC_DROP_GENERIC: {
		en: 'the send queue (qdisc) dropped the packet for no more specific reason',
		zh: 'qdisc 丢弃了数据包，没有更具体的原因',
	},
	QDISC_DROP_HORIZON_LIMIT: {
		en: 'the requested send time of the packet lies too far in the future',
		zh: '数据包的预定发送时间过远，超出允许范围（horizon）',
	},
	QDISC_DROP_L4S_STEP_NON_ECN: {
		en: 'the DualPI2 low-latency queue is too slow and the packet cannot carry an ECN mark',
		zh: 'DualPI2 低时延队列时延超过阈值，报文不支持 ECN 标记，只能丢弃',
	},
	QDISC_DROP_MAXFLOWS: { en: 'the send queue (qdisc) already tracks as many flows as it can', zh: 'qdisc 的流表已满，无法再容纳新的流' },
	QDISC_DROP_OVERLIMIT: { en: 'the send queue (qdisc) is full, its length limit is reached', zh: 'qdisc 队列已满，达到长度上限（limit）' },
	QDISC_DROP_UNSPEC: { en: 'the send queue (qdisc) gave no reason', zh: 'qdisc 未填写丢包原因' },
};

/**
 * The sentence for a reason, for after 'REASON: '; undefined for a reason this table does not know. The facts come from the kernel's
 * include/net/dropreason-core.h, include/net/dropreason-qdisc.h, net/mac80211/drop.h and net/openvswitch/drop.h, and from the code that
 * gives these reasons.
 */
export function reasonText(name: string, lang: 'en' | 'zh'): string | undefined {
	return Object.hasOwn(REASON_TEXT, name) ? REASON_TEXT[name]?.[lang] : undefined;
}
