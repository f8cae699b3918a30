import DeckCore
import Foundation

extension ActionID {
    /// Whether it orders something of the deck, which only the present can.
    var needsPresent: Bool {
        switch self {
        case .load, .evict, .pin, .prompt, .compare, .send, .pause, .loadFrom, .versions, .unregister, .abort,
            .admission,
            .undo:
            true
        default: false
        }
    }
}

extension ConsoleState {
    /// Why nothing can be ordered while a recorded moment is on screen.
    static let pastReason = "this is the past: Esc returns to now"

    /// The newest snapshot, whichever moment is on screen.
    public var newest: DeckSnapshot? { (held ?? shown)?.snapshot }

    /// Puts a recorded moment on every screen. What the deck does meanwhile is kept.
    mutating func travel(to moment: Moment) {
        if past == nil {
            held = held ?? shown
            heldLog = heldLog ?? log
            isPaused = false
        }
        past = moment
        log.isFollowing = true
        log.show((heldLog ?? log).events.filter { $0.time <= moment.time })
        show(moment.safe)
    }

    mutating func returnToNow() {
        guard past != nil else { return }
        past = nil
        if let heldLog { log.show(heldLog.events) }
        if let held { show(held) }
        held = nil
        heldLog = nil
    }

    /// So many recorded moments back or forward; from the newest one on, it is the present again.
    mutating func travel(by count: Int) {
        let moments = chronicle.recording.moments
        guard let here = place, !moments.isEmpty else { return say("nothing is recorded so far", .warning) }
        let next = here + count
        if next < 0, here == 0 { return say("this is the oldest recorded moment") }
        if next >= moments.count - 1 {
            if past == nil { say("this is now") }
            return returnToNow()
        }
        travel(to: moments[max(0, next)])
    }

    /// So many seconds back or forward.
    mutating func travel(seconds: Double) {
        guard let shown = snapshot else { return say("nothing is recorded so far", .warning) }
        travel(to: shown.time.addingTimeInterval(seconds))
    }

    /// To what was recorded at a time, or the oldest there is.
    mutating func travel(to time: Date) {
        guard let last = chronicle.recording.moments.last, let moment = chronicle.recording.moment(at: time) else {
            return say("nothing is recorded so far", .warning)
        }
        guard moment !== last else { return returnToNow() }
        travel(to: moment)
    }

    /// To the moment that shows the next event, or the one before.
    mutating func travelToEvent(_ direction: Int) {
        guard let here = place else { return say("nothing is recorded so far", .warning) }
        let recording = chronicle.recording
        let events = (heldLog ?? log).events
        func moment(_ event: DeckEvent) -> Int? {
            // The first that knows of it; what is older than the recording has none.
            guard let first = recording.moments.first, event.time >= first.time else { return nil }
            guard let before = recording.index(at: event.time) else { return 0 }
            return recording.moments[before].time == event.time ? before : before + 1
        }
        let found =
            direction < 0
            ? events.last { moment($0).map { $0 < here } ?? false }
            : events.first { moment($0).map { $0 > here } ?? false }
        guard let found, let index = moment(found) else {
            return say(direction < 0 ? "no event before in what is recorded" : "no event after this moment")
        }
        if index >= recording.moments.count - 1 { returnToNow() } else { travel(to: recording.moments[index]) }
        // The history screen's list has it under its cursor.
        guard view != .history else { return }
        let subject = found.subject.map { " \($0)" } ?? ""
        say("\(Format(self).clock(found.time)) \(found.kind.rawValue)\(subject): \(found.message)")
    }

    /// Where the moment on screen is, or was, among the recorded ones.
    var place: Int? {
        let recording = chronicle.recording
        guard let past else { return recording.moments.isEmpty ? nil : recording.moments.count - 1 }
        return recording.index(at: past.time) ?? (recording.moments.isEmpty ? nil : 0)
    }
}
