# title: packets of no connection are dropped by their state
# expect: cause=netfilter.rule backend=iptables-legacy chain=INPUT rule~"INVALID" evidence~"took for invalid"
filter() { echo -p tcp --dport 4001; }
setup() { topo_pair; in_ns "$S" iptables-legacy -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; }
fault() { in_ns "$S" iptables-legacy -A INPUT -m conntrack --ctstate INVALID -j DROP; in_ns "$S" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0; }
traffic() { wire "$C" c0 "$S" s0 'ip(tcp(flags=16, ack=9), proto=6)'; }
