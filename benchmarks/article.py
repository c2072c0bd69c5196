"""The pipeline of the article that facepipe started from, written with the public face_recognition API.

    python benchmarks/article.py clip.mp4 --model cnn --out boxes.json

A frame a second, shrunk to fit 700x500, face_locations, face_encodings, DBSCAN with eps .5; one process, as the
article does it. face_recognition comes without its own dependencies, beside dlib-bin:
    pip install --no-deps face_recognition 'setuptools<81'
"""

import argparse
import json

import cv2
import face_recognition
import numpy as np
from sklearn.cluster import DBSCAN

CAP_WIDTH, CAP_HEIGHT = 700, 500


def sampled_frames(path):
    """(index, RGB frame) once a second, by frame counter and rounded rate, as the article counts."""
    video = cv2.VideoCapture(path)
    step = max(1, round(video.get(cv2.CAP_PROP_FPS)))
    index = 0
    while True:
        there, frame = video.read()
        if not there:
            return
        if index % step == 0:
            scale = min(1.0, CAP_WIDTH / frame.shape[1], CAP_HEIGHT / frame.shape[0])
            frame = cv2.resize(frame, None, fx=scale, fy=scale) if scale < 1 else frame
            yield index, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), 1 / scale
        index += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video")
    parser.add_argument("--model", choices=("hog", "cnn"), default="cnn")
    parser.add_argument("--out")
    args = parser.parse_args()
    found, vectors = [], []
    for index, frame, factor in sampled_frames(args.video):
        boxes = face_recognition.face_locations(frame, model=args.model)
        vectors += face_recognition.face_encodings(frame, boxes)
        found += [
            [index, *(round(v * factor) for v in (left, top, right, bottom))] for top, right, bottom, left in boxes
        ]
    labels = DBSCAN(eps=0.5, min_samples=5, metric="euclidean").fit_predict(np.array(vectors)) if vectors else []
    if args.out:
        with open(args.out, "w", encoding="utf-8") as handle:  # noqa: PTH123 (the article's script, not the product)
            json.dump({"faces": found, "labels": [int(label) for label in labels]}, handle)


if __name__ == "__main__":
    main()
