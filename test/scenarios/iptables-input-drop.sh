# title: a ping is dropped by an iptables (legacy) rule in INPUT of the server
# expect: cause=netfilter.rule backend=iptables-legacy table=filter chain=INPUT rule~"-p icmp -j DROP"
# guests: bullseye forky
filter() { echo -p icmp --saddr 10.9.1.2; }
setup() { topo_pair; in_ns $S iptables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT; }
fault() { in_ns $S iptables-legacy -A INPUT -p icmp -j DROP; in_ns $S iptables-legacy -A INPUT -p udp --dport 53 -j ACCEPT; }
traffic() { in_ns $C ping -c 2 -i 0.3 -W 1 10.9.1.1; }
