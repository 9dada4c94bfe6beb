# title: the policy of FORWARD of iptables-legacy drops
# expect: cause=netfilter.policy backend=iptables-legacy table=filter chain=FORWARD
filter() { echo -p icmp --daddr 10.9.2.2; }
setup() { topo_routed; }
fault() { in_ns "$R" iptables-legacy -P FORWARD DROP; in_ns "$R" iptables-legacy -A FORWARD -p tcp -j ACCEPT; }
traffic() { ping_twice 10.9.2.2; }
