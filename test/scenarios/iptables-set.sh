# title: a set of addresses and ports is not let in
# needs: ipset
# expect: cause=netfilter.rule backend=iptables-legacy chain=INPUT rule~"--match-set denied src,dst" confidence=proven
filter() { echo -p udp --dport 5300; }
setup() { topo_pair
in_ns "$S" ipset create friends hash:net && in_ns "$S" ipset add friends 10.9.3.0/24 || return
in_ns "$S" iptables-legacy -A INPUT -m set --match-set friends src -j ACCEPT; }
fault() { in_ns "$S" ipset create denied hash:ip,port && in_ns "$S" ipset add denied 10.9.1.2,udp:5300
in_ns "$S" iptables-legacy -A INPUT -m set --match-set denied src,dst -j DROP; }
traffic() { for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5300; done; }
