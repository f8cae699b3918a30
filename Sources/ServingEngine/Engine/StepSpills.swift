import DeckCore
import Inference

/// KV on its way out of the pool and back.
extension StepLoop {
    /// Copies what leaves before anything is written to its pages, then what comes back; files are another thread's.
    func moveKV(_ plan: StepPlan) {
        let memory = parts.memory.pages
        for keeping in plan.keeping {
            keeping.buffer.copy(from: keeping.pages, of: memory)
            write(keeping)
        }
        for restoring in plan.restoring {
            restoring.buffer.restore(from: restoring.firstPage, to: restoring.pages, of: memory)
        }
        for id in plan.fetching { fetch(id) }
    }

    private func write(_ keeping: StepPlan.Keeping) {
        parts.spillRunner.run { [clock = parts.clock, file = parts.spillFile, mailbox = parts.mailbox] in
            let began = clock.now()
            var fault: String?
            do throws(SpillFile.Fault) {
                try file.write(keeping.buffer, to: keeping.slots)
            } catch {
                fault = error.reason
            }
            mailbox.post(.kept(keeping.id, keeping.ticket, seconds: clock.now() - began, fault: fault))
        }
    }

    private func fetch(_ id: RequestID) {
        guard let entry = scheduler.spills[id] else { return }
        let pageBytes = parts.memory.pages.pageBytes
        parts.spillRunner.run { [clock = parts.clock, file = parts.spillFile, mailbox = parts.mailbox] in
            let began = clock.now()
            let buffer = SpillBuffer(pageCount: entry.pageCount, pageBytes: pageBytes)
            var fault: String?
            do throws(SpillFile.Fault) {
                try file.read(entry.slots, into: buffer)
            } catch {
                fault = error.reason
            }
            mailbox.post(.fetched(id, entry.ticket, buffer, seconds: clock.now() - began, fault: fault))
        }
    }

    /// Says once that the disk failed.
    func spilled(_ change: (inout SpillBook) -> Void) {
        let before = scheduler.spills.fault
        change(&scheduler.spills)
        guard before == nil, let fault = scheduler.spills.fault else { return }
        parts.events.record(
            EventLog.Draft(
                kind: .warning, level: .warning, actor: "engine",
                message: "\(fault); preempted requests are computed again from now on"))
    }
}
