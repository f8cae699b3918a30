import ArgumentParser
import COpenBLAS
import CNcurses
print("x", openblas_get_num_threads())
