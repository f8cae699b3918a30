import Foundation

/// Processor time of the calling thread.
enum ThreadClock {
    /// In seconds since the thread started; 0 where the system does not say.
    static var seconds: Double {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
