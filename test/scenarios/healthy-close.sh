# title: nothing is wrong when who connected closes first, and the other side only later: the last segments meet a socket in TIME-WAIT
# expect: 
filter() { echo -p tcp --port 7006; }
setup() { topo_pair; }
fault() { :; }
traffic() { serve "$S" tcp 7006 python3 -c 'import socket,time
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("10.9.1.1",7006)); s.listen(1)
c,_=s.accept(); c.recv(9); c.recv(9); time.sleep(.3); c.close(); time.sleep(20)'
in_ns "$C" python3 -c 'import socket,time
s=socket.socket(); s.connect(("10.9.1.1",7006)); s.send(b"hello"); s.close(); time.sleep(.5)'; served; }
