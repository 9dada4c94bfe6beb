# title: nothing is wrong with IPv6: neighbour discovery, echo, a datagram and its answer, a connection with data both ways
# expect: 
filter() { echo --addr fd09:1::1; }
setup() { topo_pair; warm fd09:1::1; ip -n "$C" -6 neigh flush dev c0; }
fault() { :; }
traffic() { serve "$S" tcp 7007 python3 -c 'import socket,threading
u=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM); u.bind(("fd09:1::1",7007))
def datagrams():
  while True: data,peer=u.recvfrom(99); u.sendto(data,peer)
threading.Thread(target=datagrams,daemon=True).start()
s=socket.socket(socket.AF_INET6); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("fd09:1::1",7007)); s.listen(1)
while True:
  c,_=s.accept(); size=0
  while size<300000: size+=len(c.recv(70000))
  c.sendall(b"y"*300000); c.close()'
ping_twice fd09:1::1
in_ns "$C" python3 -c 'import socket
u=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM); u.sendto(b"x",("fd09:1::1",7007)); u.recv(9)
s=socket.socket(socket.AF_INET6); s.connect(("fd09:1::1",7007)); s.sendall(b"x"*300000); size=0
while size<300000: size+=len(s.recv(70000))
s.recv(1); s.close()'; served; }
