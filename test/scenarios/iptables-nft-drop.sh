# title: a datagram is dropped by a rule of iptables-nft with several ports
# expect: cause=netfilter.rule backend=iptables-nft family=ip table=filter chain=INPUT rule~"-j DROP"
filter() { echo -p udp --dport 5300; }
setup() { topo_pair; in_ns "$S" iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT; }
fault() { in_ns "$S" iptables-nft -A INPUT -p udp -m multiport --dports 53,5300 -j DROP; in_ns "$S" iptables-nft -A INPUT -p udp -j ACCEPT; }
traffic() { for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5300; done; }
