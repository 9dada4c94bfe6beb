# title: nobody listens on the UDP port
# expect: cause=socket.none
filter() { echo -p udp --dport 4444; }
setup() { topo_pair; }
fault() { :; }
traffic() { for i in 1 2; do echo x | in_ns $C nc -u -w 1 10.9.1.1 4444; done; }
