# title: a prohibit route takes it
# expect: cause=route.prohibit route~"prohibit 172.31.0.0/16"
filter() { echo -p icmp --daddr 172.31.9.9; }
setup() { topo_routed; }
fault() { ip -n "$R" route add prohibit 172.31.0.0/16; }
traffic() { ping_twice 172.31.9.9; }
