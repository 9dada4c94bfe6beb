# title: datagrams to this machine itself are dropped, by the type of their address
# expect: cause=netfilter.rule backend=iptables-legacy chain=INPUT rule~"--dst-type LOCAL" confidence=proven
filter() { echo -p udp --dport 5300; }
setup() { topo_pair; in_ns "$S" iptables-legacy -A INPUT -m addrtype --dst-type BROADCAST,MULTICAST -j DROP
in_ns "$S" iptables-legacy -A INPUT -m addrtype ! --src-type UNICAST -j DROP; }
fault() { in_ns "$S" iptables-legacy -A INPUT -p udp -m addrtype --dst-type LOCAL -m udp --dport 5300 -j DROP; }
traffic() { for _ in 1 2; do echo x | in_ns "$C" nc -u -w 1 10.9.1.1 5300; done; }
