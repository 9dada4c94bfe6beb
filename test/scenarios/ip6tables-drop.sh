# title: a ping over IPv6 is dropped by ip6tables-legacy
# expect: cause=netfilter.rule backend=iptables-legacy family=ip6 chain=INPUT rule~"-j DROP"
filter() { echo -p icmpv6 --daddr fd09:1::1; }
setup() { topo_pair; in_ns "$C" ping -c 1 -W 2 fd09:1::1; }
fault() { in_ns "$S" ip6tables-legacy -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type echo-request -j DROP; }
traffic() { ping_twice fd09:1::1; }
