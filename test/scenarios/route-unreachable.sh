# title: a unreachable route takes it
# expect: cause=route.unreachable route~"unreachable 172.31.0.0/16"
filter() { echo -p icmp --daddr 172.31.9.9; }
setup() { topo_routed; }
fault() { ip -n "$R" route add unreachable 172.31.0.0/16; }
traffic() { ping_twice 172.31.9.9; }
