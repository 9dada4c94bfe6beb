# title: nothing is wrong, and another ping is not asked for the answers
# guests: trixie
# expect: 
filter() { echo -p icmp --addr 10.9.2.2; }
setup() { topo_routed; }
fault() { :; }
traffic() {
  in_ns "$C" ping -q -c 8 -i 0.2 10.9.1.1 &
  sleep 0.3
  ping_twice 10.9.2.2
  wait
}
