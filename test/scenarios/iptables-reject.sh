# title: a connection is rejected by a chain that is jumped to, of iptables-legacy
# expect: cause=netfilter.rule backend=iptables-legacy verdict=rejected chain=GUARD rule~"-j REJECT"
filter() { echo -p tcp --daddr 10.9.1.1 --dport 8080; }
setup() { topo_pair; }
fault() { in_ns "$S" iptables-legacy -N GUARD; in_ns "$S" iptables-legacy -A GUARD -s 192.0.2.0/24 -j DROP; in_ns "$S" iptables-legacy -A GUARD -p tcp -m tcp --dport 8000:8100 -j REJECT --reject-with tcp-reset; in_ns "$S" iptables-legacy -A INPUT -i s0 -j GUARD; }
traffic() { in_ns "$C" nc -w 2 10.9.1.1 8080 </dev/null; }
